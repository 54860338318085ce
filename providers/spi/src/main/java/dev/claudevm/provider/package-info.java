/**
 * What makes, starts, stops and deletes workspaces. A provider knows nothing of agents or conversations; the control
 * plane knows nothing of how a provider works. A new one is one module and one line in the control plane's list.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider;
