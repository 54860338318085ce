package dev.claudevm.providers;

import java.util.Map;

/**
 * A provider as a person added it.
 *
 * @param options without those that are secret
 * @param version another one after each change
 */
record AddedProvider(String name, String kind, Map<String, String> options, String version) {}
