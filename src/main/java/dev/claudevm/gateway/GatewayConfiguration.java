package dev.claudevm.gateway;

import dev.claudevm.config.ServerHome;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Properties {@code claude-vm.gateway.*}, for tests and for whoever has workspaces on other machines. */
@Configuration(proxyBeanMethods = false)
class GatewayConfiguration {

    @Bean
    GatewaySettings gatewaySettings(
            ServerHome home,
            @Value("${claude-vm.gateway.bind:127.0.0.1}") String bind,
            @Value("${claude-vm.gateway.port:0}") int port,
            @Value("${claude-vm.gateway.token-lifetime:10m}") Duration tokenLifetime,
            @Value("${claude-vm.gateway.heartbeat:2s}") Duration heartbeat,
            @Value("${claude-vm.gateway.heartbeat-timeout:4s}") Duration heartbeatTimeout,
            @Value("${claude-vm.gateway.max-sessions:4000}") int maxSessions) {
        return new GatewaySettings(home.gateway(), bind, port, tokenLifetime, heartbeat, heartbeatTimeout, maxSessions);
    }
}
