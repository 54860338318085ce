/**
 * The records that cross the wire between bridge, control plane and clients. Everybody may use them; they depend on
 * nothing of ours.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.protocol;
