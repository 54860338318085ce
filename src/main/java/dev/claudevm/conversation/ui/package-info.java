/** The inbox and the conversation. Both are live components of the browser; Flow gives them their place and route. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.conversation.ui;
