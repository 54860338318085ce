/** The control plane: one package a feature; see {@code docs/architecture.md}. */
@org.jspecify.annotations.NullMarked
package dev.claudevm;
