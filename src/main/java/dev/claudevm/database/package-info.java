/** Which database the server has: a file in its home, or one in Postgres, which it then has for itself. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.database;
