/** Places in the project, as bytes. Whoever works on the project's files may come in. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge.tree;
