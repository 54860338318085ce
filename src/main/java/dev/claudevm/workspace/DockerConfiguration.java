package dev.claudevm.workspace;

import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.docker.DockerOptions;
import dev.claudevm.provider.docker.DockerProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@code providers: {docker: {host, image, cpus, memory, pids}}}. There is a provider without any of them too. */
@Configuration(proxyBeanMethods = false)
class DockerConfiguration {

    private static final Set<String> KEYS = Set.of("host", "image", "cpus", "memory", "pids");
    private static final Pattern MEMORY = Pattern.compile("(\\d{1,7})\\s*(MB|GB)");

    @Bean
    Provider dockerProvider(
            ServerHome home, ServerConfig config, @Value("${claude-vm.workspace.train-kit:true}") boolean trainKit) {
        DockerOptions options =
                options(config.providers().getOrDefault("docker", Map.of())).withClassCache(trainKit);
        try {
            return new DockerProvider(
                    home.root().resolve("docker"),
                    home.root().resolve("kits"),
                    Path.of(System.getProperty("java.home")),
                    options);
        } catch (IOException e) {
            throw new ConfigException("Cannot use " + home.root().resolve("docker") + ": " + e.getMessage()
                    + ". Make it writable for this user.");
        }
    }

    static DockerOptions options(Map<String, Object> settings) {
        settings.keySet().stream()
                .filter(key -> !KEYS.contains(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new ConfigException("Unknown key \"providers.docker." + key
                            + "\" in the configuration; allowed are: " + String.join(", ", new TreeSet<>(KEYS)) + ".");
                });
        DockerOptions options = DockerOptions.defaults();
        String host = text(settings, "host");
        String image = text(settings, "image");
        options = host == null ? options : options.withHost(host);
        options = image == null ? options : options.withImage(image);
        return options.withLimits(
                cpus(text(settings, "cpus")), memory(text(settings, "memory")), pids(text(settings, "pids"), options));
    }

    private static @Nullable String text(Map<String, Object> settings, String key) {
        Object value = settings.get(key);
        if (value != null && !(value instanceof String)) {
            throw wrong(key, "a text");
        }
        return (String) value;
    }

    private static @Nullable Double cpus(@Nullable String text) {
        if (text == null) {
            return null;
        }
        if (!text.matches("\\d{1,4}(\\.\\d{1,2})?") || Double.parseDouble(text) < 0.1) {
            throw wrong("cpus", "a number of processors from 0.1 on, like 1.5");
        }
        return Double.parseDouble(text);
    }

    private static @Nullable Long memory(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var size = MEMORY.matcher(text);
        if (!size.matches()) {
            throw wrong("memory", "a size like 2GB or 1500MB");
        }
        long bytes = Long.parseLong(size.group(1)) << (size.group(2).equals("GB") ? 30 : 20);
        if (bytes < 256L << 20) {
            throw wrong("memory", "at least 256MB");
        }
        return bytes;
    }

    private static long pids(@Nullable String text, DockerOptions options) {
        if (text == null) {
            return options.pids();
        }
        if (!text.matches("\\d{2,7}") || Long.parseLong(text) < 50) {
            throw wrong("pids", "a number of processes from 50 on");
        }
        return Long.parseLong(text);
    }

    private static ConfigException wrong(String key, String expected) {
        return new ConfigException("\"providers.docker." + key + "\" in the configuration must be " + expected + ".");
    }
}
