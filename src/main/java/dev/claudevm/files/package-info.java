/** A workspace's files and checkpoints over REST: requests are handed on to the workspace's bridge, which knows files. Nobody needs to come in. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.files;
