/**
 * Where bridges come home: the SSH server with enrolment and presence, and the HTTP client to a bridge. Besides the
 * package {@code ssh}, nobody else knows SSH; others come in through {@link dev.claudevm.gateway.Gateway} and {@link dev.claudevm.gateway.BridgeClient}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.gateway;
