package dev.claudevm.push;

import com.interaso.webpush.WebPush;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.function.SingletonSupplier;

/** What notifications need to know of the configuration, and the server's own key. */
@Configuration(proxyBeanMethods = false)
class PushConfiguration {

    /** Some push services refuse an address that cannot be; this one is reserved for examples and reaches nobody. */
    private static final String NOBODY = "mailto:nobody@example.org";

    @Bean
    PushSettings pushSettings(
            ServerConfig config,
            @Value("${claude-vm.push.delay:2s}") Duration delay,
            @Value("${claude-vm.push.first-pause:5s}") Duration firstPause,
            @Value("${claude-vm.push.allow-http:false}") boolean allowHttp) {
        String publicUrl = config.server().publicUrl();
        return new PushSettings(
                publicUrl != null && publicUrl.startsWith("https://") ? publicUrl : NOBODY,
                delay,
                firstPause,
                Duration.ofMinutes(10),
                Duration.ofHours(24),
                allowHttp);
    }

    /** A key that is there is read at once, so that a broken one is said at the start; a new one is made when it is first needed. */
    @Bean
    Supplier<WebPush> webPush(PushSettings settings, ServerHome home) {
        Supplier<WebPush> push =
                SingletonSupplier.of(() -> new WebPush(settings.subject(), ServerKey.of(home.pushKeyFile())));
        if (Files.exists(home.pushKeyFile())) {
            WebPush _ = push.get();
        }
        return push;
    }
}
