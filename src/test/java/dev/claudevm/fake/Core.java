package dev.claudevm.fake;

import dev.claudevm.conversation.Agents;
import dev.claudevm.protocol.Bridge;
import dev.claudevm.provider.Provider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.SpringProperties;

/** The control plane without its web server: what must hold there holds below HTTP. Its database is a file. */
public final class Core implements AutoCloseable {

    /** The parts that a test runs. */
    @Configuration(proxyBeanMethods = false)
    @ComponentScan({
        "dev.claudevm.config",
        "dev.claudevm.database",
        "dev.claudevm.project",
        "dev.claudevm.providers",
        "dev.claudevm.secret",
        "dev.claudevm.workspace",
        "dev.claudevm.gateway",
        "dev.claudevm.conversation"
    })
    @ImportAutoConfiguration({
        DataSourceAutoConfiguration.class,
        DataSourceTransactionManagerAutoConfiguration.class,
        TransactionAutoConfiguration.class,
        JdbcTemplateAutoConfiguration.class,
        JdbcClientAutoConfiguration.class,
        FlywayAutoConfiguration.class
    })
    static class Parts {}

    /** One agent, with one mode. */
    private static final class OneAgent implements Agents {
        @Override
        public List<KnownAgent> enabled() {
            return List.of(new KnownAgent("demo", "Demo", List.of(new Mode("ask", "Ask"))));
        }

        @Override
        public List<Bridge.AgentSpec> specs() {
            return List.of(new Bridge.AgentSpec("demo", "Demo", "demo", List.of("demo"), Map.of()));
        }
    }

    private final ConfigurableApplicationContext context;

    private Core(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** @param settings {@code name=value} */
    public static Core start(Path home, Provider provider, String... settings) {
        return start(home, provider, List.of(), settings);
    }

    /**
     * @param more configurations of further parts
     * @param settings {@code name=value}
     */
    public static Core start(Path home, Provider provider, List<Class<?>> more, String... settings) {
        DeadThreads.look();
        ReadyHome.fill(home);
        SpringApplication application = new SpringApplication(Parts.class);
        application.addPrimarySources(more);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setRegisterShutdownHook(false);
        application.addInitializers(context -> {
            GenericApplicationContext beans = (GenericApplicationContext) context;
            ReadyHome.readClassesOnce(beans);
            beans.registerBean("fakeProvider", Provider.class, (Supplier<Provider>) () -> provider);
            beans.registerBean("oneAgent", Agents.class, OneAgent::new);
            beans.registerBean(CountedDatabase.class, CountedDatabase::new);
        });
        Map<String, String> arguments = new TreeMap<>(Map.of(
                "claude-vm.home", home.toString(),
                "claude-vm.workspace.train-kit", "false",
                "claude-vm.workspace.watch", "100ms",
                "claude-vm.gateway.heartbeat", "200ms",
                "claude-vm.gateway.heartbeat-timeout", "1s",
                "spring.main.keep-alive", "false"));
        arguments.putAll(Databases.of(home));
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            arguments.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        // These parts are nobody's product: the build has reckoned none of their beans.
        SpringProperties.setProperty(AotDetector.AOT_ENABLED, "false");
        try {
            return new Core(application.run(arguments.entrySet().stream()
                    .map(argument -> "--" + argument.getKey() + "=" + argument.getValue())
                    .toArray(String[]::new)));
        } finally {
            SpringProperties.setProperty(AotDetector.AOT_ENABLED, null);
        }
    }

    public <T> T get(Class<T> type) {
        return context.getBean(type);
    }

    public void publish(Object event) {
        context.publishEvent(event);
    }

    @Override
    public void close() {
        context.close();
        DeadThreads.failIfAny();
    }
}
