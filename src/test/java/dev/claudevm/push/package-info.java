@org.jspecify.annotations.NullMarked
package dev.claudevm.push;
