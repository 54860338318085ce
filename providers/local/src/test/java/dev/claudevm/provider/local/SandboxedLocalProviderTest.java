package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.contract.ProviderContract;
import dev.claudevm.provider.local.LocalOptions.IsolationChoice;
import org.junit.jupiter.api.Test;

/** The contract, in bubblewrap. Fails where bubblewrap is missing. */
class SandboxedLocalProviderTest extends ProviderContract {

    @Override
    protected Provider open() {
        return new LocalProvider(
                temp.resolve("odd home ü 'x'/workspaces"),
                LocalOptions.defaults().withIsolation(IsolationChoice.BUBBLEWRAP));
    }

    @Test
    void thereIsASandboxHere() {
        assertThat(provider.capabilities().sandboxed())
                .as(
                        "bubblewrap works on this machine: %s",
                        provider.capabilities().warnings())
                .isTrue();
    }
}
