package dev.claudevm.agents;

import dev.claudevm.protocol.EventBody.Attachment;
import dev.claudevm.protocol.EventBody.Decision;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One agent protocol. The bridge folds the agent's lines with {@link #on}; after a crash it folds the same lines again
 * and must get the same facts, so the result depends on (state, line) only.
 */
public interface Adapter {

    /** @return the name in {@code AgentSpec.protocol}, for example {@code claude-stream-json} */
    String protocol();

    AgentCapabilities capabilities();

    /**
     * @param command the program and its fixed arguments
     * @return the whole command line
     */
    List<String> commandLine(List<String> command, Launch launch);

    /** @return variables that the protocol needs besides the agent's own */
    Map<String, String> environment(Launch launch);

    /** @return the state before the first line of a run */
    AgentState begin(Launch launch);

    /** @return lines to say at the start of a run, before anything else */
    List<String> greeting();

    /**
     * @param line one line of the agent without its newline; may be no JSON at all
     * @return the new state and what the line says, oldest first; no facts for lines that are not known
     */
    Step on(AgentState state, String line);

    /**
     * What has to be said when the run ended in the middle: text that was streamed but never finished, tools without a
     * result, requests that nobody can answer any more.
     *
     * @param state after the run's last line
     */
    default List<Fact> ended(AgentState state) {
        return List.of();
    }

    /**
     * @param now say it to the running turn instead of starting one
     * @return the lines that say a person's message
     */
    List<String> say(String messageId, String text, List<Attachment> attachments, boolean now);

    /**
     * @param requestId of an open {@link Fact.ApprovalAsked}
     * @param message why it was denied; null when nothing was said
     */
    List<String> answerApproval(AgentState state, String requestId, Decision decision, @Nullable String message);

    /** @param answers question text to labels or free text */
    List<String> answerQuestion(AgentState state, String requestId, Map<String, String> answers);

    /** @param commandId unique; names the request in the agent's protocol */
    List<String> interrupt(String commandId);

    List<String> setMode(String commandId, String mode);

    /**
     * How a run is started.
     *
     * @param sessionId the agent's own id of the conversation (a UUID, chosen by the bridge)
     * @param resume go on with the memory of an earlier run of that session
     * @param mode permission mode; null: the agent's default
     * @param workingDirectory the project's folder
     */
    record Launch(
            String sessionId, boolean resume, @Nullable String mode, String workingDirectory) {}

    /** @param facts oldest first */
    record Step(AgentState state, List<Fact> facts) {}
}
