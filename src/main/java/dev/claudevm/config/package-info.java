/**
 * Where the server keeps its state and what the person configured: {@code CLAUDE_VM_HOME} and {@code config.yaml}. Read
 * by every other package; knows none of them.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.config;
