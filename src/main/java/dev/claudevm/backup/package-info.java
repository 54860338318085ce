/**
 * Whole workspaces in one file: out of an installation, and into another. The format is in docs/backup.md; how it is written
 * and read is here, what is in it comes from the features that own it.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.backup;
