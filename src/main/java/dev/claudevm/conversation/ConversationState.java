package dev.claudevm.conversation;

/** What a conversation does, as its journal tells it. */
public enum ConversationState {
    IDLE("idle"),
    /** A turn runs. */
    WORKING("working"),
    /** An approval or a question is open. */
    NEEDS_YOU("needs-you"),
    /** The last turn failed, or the agent cannot go on without a person. */
    FAILED("failed");

    private final String word;

    ConversationState(String word) {
        this.word = word;
    }

    /** @return the word in API, UI and database */
    public String word() {
        return word;
    }

    static ConversationState of(String word) {
        for (ConversationState state : values()) {
            if (state.word.equals(word)) {
                return state;
            }
        }
        throw new IllegalArgumentException(word);
    }
}
