package dev.claudevm.workspace;

import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.local.LocalOptions;
import dev.claudevm.provider.local.LocalProvider;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The list of providers, and what workspaces need to know of the configuration. */
@Configuration(proxyBeanMethods = false)
class WorkspaceConfiguration {

    @Bean
    WorkspaceSettings workspaceSettings(
            ServerHome home,
            ServerConfig config,
            @Value("${claude-vm.workspace.watch:5s}") Duration watch,
            @Value("${claude-vm.workspace.reap:10m}") Duration reap,
            @Value("${claude-vm.workspace.train-kit:true}") boolean trainKit) {
        return new WorkspaceSettings(
                home.root().resolve("kits"),
                home.agents(),
                config.limits().boot(),
                config.limits().stop(),
                config.limits().idle(),
                config.limits().running(),
                watch,
                reap,
                trainKit);
    }

    /** {@code providers: {local: {isolation: auto|bubblewrap|none}}} */
    @Bean
    Provider localProvider(ServerHome home, ServerConfig config) {
        Object isolation = config.providers().getOrDefault("local", Map.of()).get("isolation");
        LocalOptions options = LocalOptions.defaults();
        if (isolation != null) {
            try {
                options = options.withIsolation(LocalOptions.IsolationChoice.valueOf(
                        isolation.toString().toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new ConfigException("providers.local.isolation is \"" + isolation
                        + "\" in the configuration; allowed are: auto, bubblewrap, none.");
            }
        }
        return new LocalProvider(home.workspaces(), options);
    }
}
