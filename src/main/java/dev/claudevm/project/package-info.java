/** Projects: what is worked on, a git repository or a folder. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.project;
