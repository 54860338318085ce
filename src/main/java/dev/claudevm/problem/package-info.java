/** How the control plane says no: what is wrong and what to do, as problem documents (RFC 9457). Everybody may use it. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.problem;
