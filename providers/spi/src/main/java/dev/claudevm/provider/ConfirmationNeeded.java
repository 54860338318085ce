package dev.claudevm.provider;

/**
 * A check found something that only a person can vouch for, for example a machine's host key. When they do, {@link #value} becomes the value of {@link #option}, the
 * provider is opened anew with it, and the check is repeated; it may ask for the next thing then. The message is the question, for people:
 * {@code The machine build.example.org shows a host key that is not known yet: SHA256:…}; {@link #todo} says how to find out whether to agree.
 */
public final class ConfirmationNeeded extends ProviderException {

    private static final long serialVersionUID = 1L;

    private final String option;
    private final String value;

    /**
     * @param option name of an option that is {@link ProviderOption#confirmed}
     * @param value shown to the person as it is; no secret
     */
    public ConfirmationNeeded(String option, String value, String question, String todo) {
        super(question, todo);
        this.option = option;
        this.value = value;
    }

    public String option() {
        return option;
    }

    public String value() {
        return value;
    }
}
