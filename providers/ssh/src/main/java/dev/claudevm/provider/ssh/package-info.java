/** Workspaces on machines that are reached over SSH. Only the control plane's list of kinds comes in, by {@link dev.claudevm.provider.ssh.SshKind}. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.ssh;
