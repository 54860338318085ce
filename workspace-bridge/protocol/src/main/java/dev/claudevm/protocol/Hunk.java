package dev.claudevm.protocol;

/**
 * One change in a file, between two checkpoints: the lines of the second one that took the place of lines of the first one.
 * Lines end with LF and count from 1; of a side without lines, the number is that of the line before which they would be.
 *
 * @param to id of the second checkpoint
 * @param oldLine the first line that went
 * @param oldLines how many went; 0: none
 * @param newLine the first line that came
 * @param newLines how many came; 0: none
 */
public record Hunk(String to, int oldLine, int oldLines, int newLine, int newLines) {}
