package dev.claudevm.store;

import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The object store of {@code store:} in config.yaml. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    @Bean
    JcloudsStore objectStore(ServerHome home, ServerConfig config, ProcessEnvironment environment) {
        ServerConfig.Store store = config.store();
        if (!store.s3()) {
            Path folder = store.path();
            return Stores.folder(folder == null ? home.root().resolve("store") : folder);
        }
        return Stores.s3(
                store,
                secret(store.accessKey(), environment, "accessKey", "CLAUDE_VM_STORE_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
                secret(
                        store.secretKey(),
                        environment,
                        "secretKey",
                        "CLAUDE_VM_STORE_SECRET_KEY",
                        "AWS_SECRET_ACCESS_KEY"));
    }

    private static String secret(
            @Nullable String configured, ProcessEnvironment environment, String key, String ours, String amazons) {
        if (configured != null && !configured.isBlank()) {
            return configured;
        }
        return environment
                .get(ours)
                .or(() -> environment.get(amazons))
                .orElseThrow(() -> new ConfigException("store.kind is s3, but there is no " + key + ": set store." + key
                        + " in the configuration, or " + ours + " in the environment."));
    }
}
