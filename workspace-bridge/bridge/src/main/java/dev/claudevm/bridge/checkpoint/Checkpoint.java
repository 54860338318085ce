package dev.claudevm.bridge.checkpoint;

import java.time.Instant;
import java.util.List;

/**
 * One state of the project.
 *
 * @param id 40 hexadecimal digits; the same as that of the one before when nothing at all was touched since
 * @param takenAt when its walk through the project began
 */
public record Checkpoint(String id, Instant takenAt, List<LeftOut> leftOut) {}
