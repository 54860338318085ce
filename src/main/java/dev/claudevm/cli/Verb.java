package dev.claudevm.cli;

/** A command that does something, as opposed to one that only groups others. */
interface Verb {

    /**
     * @throws dev.claudevm.cli.api.CliException when it did not work
     * @throws dev.claudevm.cli.api.ApiClient.Unreachable when the server cannot be reached
     */
    Answer run();
}
