/** What all views share: the frame around them, the navigation and the page's head. Views lie in {@code <feature>.ui}. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.ui;
