/** Workspaces in containers of a Docker Engine on this machine. Only the control plane's list of providers comes in. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.docker;
