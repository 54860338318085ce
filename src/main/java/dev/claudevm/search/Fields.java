package dev.claudevm.search;

/** The fields of the index' documents. What they mean together is {@link SaidIndex#VERSION}. */
final class Fields {

    static final String CONVERSATION = "conversation";
    static final String WORKSPACE = "workspace";
    static final String KIND = "kind";
    /** Conversation and id of a person's message. */
    static final String MESSAGE = "message";

    static final String TEXT = "text";
    /** In milliseconds. */
    static final String AT = "at";
    /** Decides the order of what is equal otherwise. */
    static final String TIE = "tie";

    static final String SEQ = "seq";
    /** Of a conversation: its journal is indexed up to here. */
    static final String MARK = "mark";
    /** Of a conversation: the names that are indexed. */
    static final String NAMES = "names";

    private Fields() {}
}
