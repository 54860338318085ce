package dev.claudevm.cli.chat;

import java.util.List;

/** Where a chat is shown. Safe for use by many threads. */
public interface Screen {

    /** Shows lines above what is being typed. They hold no control characters but colours. */
    void print(List<String> lines);

    /** Says in front of what is being typed how things stand. */
    void prompt(String prompt);

    /** @return columns */
    int width();
}
