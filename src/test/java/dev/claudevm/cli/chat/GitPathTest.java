package dev.claudevm.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Names as git writes them: see "core.quotePath" in git-config(1). */
class GitPathTest {

    @Test
    void ordinaryNamesStayAsTheyAre() {
        assertThat(GitPath.quoted("a/", "src/ü x.txt")).isEqualTo("a/src/ü x.txt");
        assertThat(GitPath.quoted("a/", "100%")).isEqualTo("a/100%");
        assertThat(GitPath.quoted("a/", "%2541")).isEqualTo("a/%41");
    }

    @Test
    void whatWouldBeMisunderstoodIsQuoted() {
        assertThat(GitPath.quoted("b/", "say \"hi\"")).isEqualTo("\"b/say \\\"hi\\\"\"");
        assertThat(GitPath.quoted("b/", "two\nlines")).isEqualTo("\"b/two\\nlines\"");
        assertThat(GitPath.quoted("b/", "latin%FC")).isEqualTo("\"b/latin\\374\"");
        assertThat(GitPath.quoted("b/", "ü\u0001")).isEqualTo("\"b/\\303\\274\\001\"");
    }
}
