package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.contract.ProviderStory;
import dev.claudevm.testkit.SshMachine;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A provider on a machine behind a real sshd. */
abstract class SshStory extends ProviderStory {

    @RegisterExtension
    static final MachineBench bench = new MachineBench();

    @Override
    protected Provider open() {
        return bench.open(temp);
    }

    Provider open(String name, Map<String, String> changes) {
        return bench.open(temp, name, changes);
    }

    static SshMachine machine() {
        return bench.machine();
    }
}
