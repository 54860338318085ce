package dev.claudevm.config;

import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes home, configuration and environment known to the application. */
@Configuration(proxyBeanMethods = false)
class ConfiguredBeans {

    /** @param root {@code CLAUDE_VM_HOME}, or the property {@code claude-vm.home} that the start-up sets */
    @Bean
    ServerHome serverHome(@Value("${claude-vm.home:}") String root) {
        return ServerHome.of(root).open();
    }

    @Bean
    ServerConfig serverConfig(ServerHome home, @Value("${claude-vm.config:}") String file) {
        return ConfigFile.read(home, file.isBlank() ? null : Path.of(file));
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    ServerAddress serverAddress() {
        return new ServerAddress();
    }

    @Bean
    ProcessEnvironment processEnvironment() {
        return new ProcessEnvironment(System.getenv());
    }
}
