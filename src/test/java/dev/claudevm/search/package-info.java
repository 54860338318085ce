@org.jspecify.annotations.NullMarked
package dev.claudevm.search;
