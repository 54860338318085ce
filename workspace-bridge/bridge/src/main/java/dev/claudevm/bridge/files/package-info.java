/**
 * The project's files as a person sees and changes them: list, find, search, read, save, move, delete and take back, archive,
 * watch. Nothing outside the project is reached. {@link dev.claudevm.bridge.files.FileRoutes} is the door; all else is inside.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.bridge.files;
