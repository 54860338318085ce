/**
 * Copies of the journals in the object store: compressed, sealed segments, at most two seconds behind. The mirror in the
 * database is what everybody reads; the copies outlive it. Others ask {@link dev.claudevm.journal.JournalCopies}.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.journal;
