package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;

/**
 * Something that is there and in no checkpoint.
 *
 * @param why for people
 * @param bytes its size when that is the reason, else 0
 * @param expected it is so by a rule for folders that can be made again; nobody need be told
 */
public record LeftOut(TreePath path, String why, long bytes, boolean expected) {}
