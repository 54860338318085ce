/**
 * The providers that this server has: those of the configuration file, and those that a person added, with their options. Others come in through {@link
 * dev.claudevm.providers.Providers}; what a provider is, is in {@code dev.claudevm.provider}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.providers;
