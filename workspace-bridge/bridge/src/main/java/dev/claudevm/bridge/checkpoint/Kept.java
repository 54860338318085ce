package dev.claudevm.bridge.checkpoint;

/** Something that a restoration did not touch, so that nothing is lost. @param why for people */
public record Kept(TreePath path, String why) {}
