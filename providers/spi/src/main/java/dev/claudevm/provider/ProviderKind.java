package dev.claudevm.provider;

import java.util.List;

/**
 * A kind of provider that a person can add, under names of their own: for example {@code ssh}, once for each machine. A bean of the control plane, without state.
 */
public interface ProviderKind {

    /** @return one word of small letters, for example {@code docker}; kept for ever, it is in databases */
    String name();

    /** @return for people, for example {@code Docker} */
    String title();

    /** @return one sentence: what it is and what it needs */
    String help();

    /** @return what can be set, in the order in which it is asked */
    List<ProviderOption> options();

    /**
     * Makes a provider of what a person gave. Connects to nothing and makes nothing outside its folder: {@link Provider#check} does the connecting, and may
     * ask for a confirmation ({@link ConfirmationNeeded}).
     *
     * @param setup each value is of its option's type and among those allowed, each required one is there, defaults are filled in; nothing else is checked
     * @return one that the caller closes
     * @throws ProviderException a value cannot be, or two do not fit; names the option
     */
    Provider open(ProviderSetup setup) throws ProviderException;
}
