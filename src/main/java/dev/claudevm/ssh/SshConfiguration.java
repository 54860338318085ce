package dev.claudevm.ssh;

import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@code ssh} of {@code config.yaml}; and properties {@code claude-vm.ssh.*}, for tests and for those with many users. */
@Configuration(proxyBeanMethods = false)
class SshConfiguration {

    @Bean
    SshSettings sshSettings(
            ServerHome home,
            ServerConfig config,
            @Value("${claude-vm.ssh.grace:30s}") Duration grace,
            @Value("${claude-vm.ssh.max-strangers:100}") int maxStrangers,
            @Value("${claude-vm.ssh.max-strangers-of-one:20}") int maxStrangersOfOne,
            @Value("${claude-vm.ssh.max-attempts:10}") int maxAttempts,
            @Value("${claude-vm.ssh.max-connections:100}") int maxConnections,
            @Value("${claude-vm.ssh.max-channels:250}") int maxChannels,
            @Value("${claude-vm.ssh.heartbeat:20s}") Duration heartbeat,
            @Value("${claude-vm.ssh.start:5m}") Duration start) {
        return new SshSettings(
                config.ssh().enabled(),
                home.root().resolve("ssh"),
                config.ssh().bind(),
                config.ssh().port(),
                config.ssh().host(),
                grace,
                maxStrangers,
                maxStrangersOfOne,
                maxAttempts,
                maxConnections,
                maxChannels,
                heartbeat,
                start);
    }
}
