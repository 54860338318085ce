/** What all views share: the page's head and frame. Views lie in {@code <feature>.ui}. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.ui;
