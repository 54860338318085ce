@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.ssh;
