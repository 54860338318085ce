/**
 * What workspaces are made of, whoever makes them: the project's files, and the kit of programs for places that have none. For
 * providers only.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.material;
