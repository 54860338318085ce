/**
 * Where bridges come home: the SSH server with enrolment and presence, and the clients to a bridge. Besides the package
 * {@code ssh}, nobody else knows SSH; others come in through {@link dev.claudevm.gateway.Gateway}, {@link
 * dev.claudevm.gateway.BridgeClient} and {@link dev.claudevm.gateway.WorkspaceSsh}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.gateway;
