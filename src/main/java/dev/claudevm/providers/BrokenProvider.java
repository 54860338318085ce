package dev.claudevm.providers;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import java.util.List;
import java.util.Set;

/** One that is known and cannot be made, for example because its secrets cannot be read. It says so whatever it is asked. */
record BrokenProvider(String kind, String reason, String todo) implements Provider {

    private ProviderException broken() {
        return new ProviderException(reason, todo);
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(false, false, false, true, true, List.of(reason));
    }

    @Override
    public void check() throws ProviderException {
        throw broken();
    }

    @Override
    public void create(CreateSpec spec, Progress progress) throws ProviderException {
        throw broken();
    }

    @Override
    public void start(StartSpec spec, Progress progress) throws ProviderException {
        throw broken();
    }

    @Override
    public void stop(String workspaceId, Progress progress) throws ProviderException {
        throw broken();
    }

    @Override
    public void delete(String workspaceId, Progress progress) throws ProviderException {
        throw broken();
    }

    @Override
    public Set<String> list() throws ProviderException {
        throw broken();
    }

    @Override
    public Status status(String workspaceId) throws ProviderException {
        throw broken();
    }
}
