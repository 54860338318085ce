package dev.claudevm.workspace;

import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ProviderKind;
import dev.claudevm.provider.ProviderOption;
import dev.claudevm.provider.ProviderSetup;
import dev.claudevm.provider.docker.DockerKind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@code providers: {docker: {host, image, cpus, memory, pids}}}: the same options as of one that is added. There is a provider without any of them too. */
@Configuration(proxyBeanMethods = false)
class DockerConfiguration {

    @Bean
    DockerKind dockerKind(@Value("${claude-vm.workspace.train-kit:true}") boolean trainKit) {
        return new DockerKind(trainKit);
    }

    @Bean
    Provider dockerProvider(ServerHome home, ServerConfig config, DockerKind kind) {
        try {
            return kind.open(new ProviderSetup(
                    "docker",
                    values(kind, config.providers().getOrDefault("docker", Map.of())),
                    home.root().resolve("docker"),
                    home.root(),
                    home.root().resolve("kits"),
                    Path.of(System.getProperty("java.home"))));
        } catch (ProviderException e) {
            throw new ConfigException("In providers.docker of the configuration: " + e.getMessage());
        }
    }

    private static Map<String, String> values(ProviderKind kind, Map<String, Object> settings) {
        List<String> names =
                kind.options().stream().map(ProviderOption::name).sorted().toList();
        Map<String, String> values = new LinkedHashMap<>();
        settings.forEach((key, value) -> {
            if (!names.contains(key)) {
                throw new ConfigException("Unknown key \"providers.docker." + key
                        + "\" in the configuration; allowed are: " + String.join(", ", names) + ".");
            }
            if (!(value instanceof String text)) {
                throw new ConfigException(
                        "\"providers.docker." + key + "\" in the configuration must be a text or a number.");
            }
            values.put(key, text);
        });
        return values;
    }
}
