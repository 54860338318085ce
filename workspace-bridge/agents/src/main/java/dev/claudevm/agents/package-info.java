/**
 * What agents' lines mean, and how a person's wishes become lines. Adapters are pure: no clock, thread or file. The
 * bridge is the only user.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.agents;
