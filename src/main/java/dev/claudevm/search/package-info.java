/**
 * Search over everything that was said, in every workspace of which there is a record. The index is derived from the journals' mirror,
 * follows it, and is made anew when it is missing or broken. Others ask {@link dev.claudevm.search.Search}; nobody else knows Lucene.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.search;
