package dev.claudevm.project;

import java.time.Instant;

/**
 * What is worked on.
 *
 * @param name the last part of its source, for people
 * @param source a git URL, or the absolute path of a folder on the control plane's machine
 */
public record Project(String id, String name, String source, Instant createdAt) {}
