/** The page for settings: agents and their keys, devices and tokens, how it looks. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.settings;
