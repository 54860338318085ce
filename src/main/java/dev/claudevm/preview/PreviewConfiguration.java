package dev.claudevm.preview;

import dev.claudevm.access.Devices;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import dev.claudevm.gateway.WorkspaceSsh;
import dev.claudevm.workspace.WorkspaceService;
import java.time.Clock;
import java.time.Duration;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/** What previews need to know of the configuration, and their place before everything else of the server. */
@Configuration(proxyBeanMethods = false)
class PreviewConfiguration {

    /** Behind what reads a proxy's headers, before what is the product's own: its login, its headers, its pages. */
    private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

    @Bean
    PreviewSettings previewSettings(ServerConfig config) {
        return new PreviewSettings(
                config.preview().domain(),
                config.server().publicUrl(),
                Duration.ofMinutes(1),
                Duration.ofDays(30),
                Duration.ofMinutes(10));
    }

    @Bean
    Passes passes(Devices devices, PreviewSettings settings, Clock clock, ServerHome home) {
        return new Passes(devices, settings, clock, home);
    }

    @Bean
    FilterRegistrationBean<PreviewFilter> previewFilter(
            PreviewSettings settings, Passes passes, WorkspaceSsh ssh, WorkspaceService workspaces) {
        var registration = new FilterRegistrationBean<>(
                new PreviewFilter(settings, passes, new PreviewProxy(ssh, settings), workspaces));
        registration.setOrder(ORDER);
        return registration;
    }

    /** Paths are the previewed program's business; the product's own are looked at by Spring Security's firewall. */
    @Bean
    TomcatConnectorCustomizer pathsAsTheyAre() {
        return connector -> {
            connector.setEncodedSolidusHandling("passthrough");
            connector.setProperty("relaxedQueryChars", "|{}[]^`\"<>\\");
        };
    }
}
