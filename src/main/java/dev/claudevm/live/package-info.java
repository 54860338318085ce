/** What feeds the browser: one stream a page, with numbered events, unfinished text and snapshots of the rest. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.live;
