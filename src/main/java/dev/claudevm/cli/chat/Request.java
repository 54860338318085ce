package dev.claudevm.cli.chat;

import dev.claudevm.protocol.EventBody;

/**
 * What the agent asks and a person has to answer. Several may be open at once.
 *
 * @param number how it is called in this terminal; never given to another one
 */
sealed interface Request {

    int number();

    record Approval(int number, EventBody.ApprovalOpened opened) implements Request {}

    record Question(int number, EventBody.QuestionOpened opened) implements Request {}
}
