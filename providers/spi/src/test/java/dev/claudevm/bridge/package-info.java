/** The name that providers start: here a probe, in the product the bridge. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge;
