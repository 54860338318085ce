package dev.claudevm.provider.docker;

import static dev.claudevm.provider.ProviderOption.Type.DECIMAL;
import static dev.claudevm.provider.ProviderOption.Type.NUMBER;
import static dev.claudevm.provider.ProviderOption.Type.SIZE;
import static dev.claudevm.provider.ProviderOption.Type.TEXT;

import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderSetup;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Docker Engines of this machine, or one of them with other limits. */
public final class DockerKind implements ProviderKind {

    private static final int MIN_PIDS = 50;
    private static final long MIN_MEMORY_BYTES = 256L << 20;

    private final boolean classCache;

    /** @param classCache make the bridge's cache of classes beside the first start */
    public DockerKind(boolean classCache) {
        this.classCache = classCache;
    }

    @Override
    public String name() {
        return "docker";
    }

    @Override
    public String title() {
        return "Docker";
    }

    @Override
    public String help() {
        return "Containers of a Docker Engine on this machine.";
    }

    @Override
    public List<ProviderOption> options() {
        DockerOptions defaults = DockerOptions.defaults();
        return List.of(
                ProviderOption.of("host", TEXT, "Address of the Engine", "A socket of this machine: unix:///path.")
                        .withDefault(defaults.host()),
                ProviderOption.of("image", TEXT, "Image", "For workspaces that name none; any with glibc and bash.")
                        .withDefault(defaults.image()),
                ProviderOption.of(
                        "cpus",
                        DECIMAL,
                        "Processors",
                        "Processors' worth of time for each workspace, from 0.1 on; without it there is no limit."),
                ProviderOption.of(
                        "memory",
                        SIZE,
                        "Memory",
                        "For each workspace, like 4GB, from 256MB on; without it there is no limit."),
                ProviderOption.of("pids", NUMBER, "Processes", "Processes and threads of each workspace, from 50 on.")
                        .withDefault(Long.toString(defaults.pids())));
    }

    @Override
    public Provider open(ProviderSetup setup) throws ProviderException {
        DockerOptions options = options(setup.values()).withClassCache(classCache);
        try {
            return new DockerProvider(setup.folder(), setup.home(), setup.kits(), setup.javaHome(), options);
        } catch (IOException e) {
            throw new ProviderException(
                    "Cannot use " + setup.folder() + ": " + e.getMessage(), "Make it writable for this user.", e);
        }
    }

    /**
     * @param values by option; what is missing has its default
     * @throws ProviderException when one of them is not what its option takes
     */
    public DockerOptions options(Map<String, String> values) throws ProviderException {
        for (ProviderOption option : options()) {
            String value = values.get(option.name());
            String expected = value == null ? null : option.wrong(value).orElse(null);
            if (expected != null) {
                throw wrong(option.name(), expected);
            }
        }
        DockerOptions options = DockerOptions.defaults();
        String cpus = values.get("cpus");
        String memory = values.get("memory");
        long pids = Long.parseLong(values.getOrDefault("pids", Long.toString(options.pids())));
        if (cpus != null && Double.parseDouble(cpus) < 0.1) {
            throw wrong("cpus", "a number of processors from 0.1 on, like 1.5");
        }
        if (memory != null && bytes(memory) < MIN_MEMORY_BYTES) {
            throw wrong("memory", "at least 256MB");
        }
        if (pids < MIN_PIDS) {
            throw wrong("pids", "a number of processes from " + MIN_PIDS + " on");
        }
        return options.withHost(values.getOrDefault("host", options.host()))
                .withImage(values.getOrDefault("image", options.image()))
                .withLimits(cpus == null ? null : Double.valueOf(cpus), memory == null ? null : bytes(memory), pids);
    }

    private static long bytes(String size) {
        long number = Long.parseLong(size.replaceAll("[^0-9]", ""));
        return number << (size.endsWith("GB") ? 30 : 20);
    }

    private static ProviderException wrong(String option, String expected) {
        return new ProviderException("\"" + option + "\" must be " + expected + ".", "Give such a value.");
    }
}
