/** New work: the form that makes a workspace, a conversation in it and says the first message. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.start;
