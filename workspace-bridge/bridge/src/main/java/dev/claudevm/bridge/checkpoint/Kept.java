package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;

/** Something that a restoration did not touch, so that nothing is lost. @param why for people */
public record Kept(TreePath path, String why) {}
