package dev.claudevm.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.contract.ProviderContract;
import dev.claudevm.provider.local.LocalOptions.IsolationChoice;
import org.junit.jupiter.api.Test;

/** The contract, with plain processes. */
class PlainLocalProviderTest extends ProviderContract {

    @Override
    protected Provider open() {
        return new LocalProvider(
                temp.resolve("plain home/workspaces"), LocalOptions.defaults().withIsolation(IsolationChoice.NONE));
    }

    @Test
    void theLackOfASandboxIsSaid() {
        assertThat(provider.capabilities().sandboxed()).isFalse();
        assertThat(provider.capabilities().warnings()).anyMatch(warning -> warning.startsWith("No isolation"));
    }
}
