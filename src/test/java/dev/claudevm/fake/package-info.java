/** A scripted workspace: a bridge that speaks the real protocol over real SSH and HTTP, and does what a test tells it to. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.fake;
