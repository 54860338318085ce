package dev.claudevm.server;

import dev.claudevm.ServerApplication;
import dev.claudevm.access.ApiTokens;
import dev.claudevm.access.LoginLinks;
import dev.claudevm.config.ConfigException;
import dev.claudevm.config.ConfigFile;
import dev.claudevm.config.ServerAddress;
import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerConfig.Tls;
import dev.claudevm.config.ServerHome;
import dev.claudevm.store.StoreCheck;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;

/** The server as {@code claude-vm web} runs it. Ending it ends no workspace. */
public final class WebServer implements AutoCloseable {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private final ConfigurableApplicationContext context;
    private final HomeLock lock;
    private final ServerHome home;
    private final String url;
    private final CountDownLatch closed = new CountDownLatch(1);

    private WebServer(ConfigurableApplicationContext context, HomeLock lock, ServerHome home, String url) {
        this.context = context;
        this.lock = lock;
        this.home = home;
        this.url = url;
    }

    /**
     * Runs the server until the process is told to end.
     *
     * @return exit code: 0 ended, 1 could not start, 2 the configuration is wrong
     */
    public static int run(WebOptions options, PrintStream out, PrintStream err) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        try (WebServer server = start(options, out)) {
            server.welcome(options, out, terminal);
            server.closed.await();
            return 0;
        } catch (ConfigException e) {
            err.println(e.getMessage());
            return USAGE;
        } catch (StartFailure e) {
            err.println(e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /**
     * Starts the server and comes back when it answers.
     *
     * @throws ConfigException when the configuration is wrong
     * @throws StartFailure when the home or the port is in use, or whatever else keeps it from starting
     */
    public static WebServer start(WebOptions options, PrintStream out) {
        ServerHome home = options.home() == null ? ServerHome.of(System.getenv()) : new ServerHome(options.home());
        home.open();
        ServerConfig config = ConfigFile.read(home, options.configFile());
        Listening listening = Listening.of(options, config);
        HomeLock lock = HomeLock.take(home);
        try {
            listening.check();
            listening.warning().ifPresent(out::println);
            ConfigurableApplicationContext context = spring(options, home, listening);
            String url = listening.url(port(context));
            context.getBean(ServerAddress.class).listeningAt(url);
            context.getBean(ApiTokens.class).keepCliToken(home);
            context.getBean(StoreCheck.class).onProblem(found -> out.println(found.error() + " " + found.todo()));
            ServerHome.writeOwnerOnly(home.urlFile(), (url + "\n").getBytes(StandardCharsets.UTF_8));
            WebServer server = new WebServer(context, lock, home, url);
            context.addApplicationListener(event -> {
                if (event instanceof ContextClosedEvent closing && closing.getApplicationContext() == context) {
                    server.closed.countDown();
                }
            });
            return server;
        } catch (RuntimeException e) {
            release(lock);
            throw e;
        }
    }

    private static ConfigurableApplicationContext spring(WebOptions options, ServerHome home, Listening listening) {
        SpringApplication application = new SpringApplication(ServerApplication.class);
        // What the build has reckoned ahead is named after it, and the main class is the command line's.
        application.setMainApplicationClass(ServerApplication.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        try {
            return application.run(arguments(options, home, listening));
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof ConfigException wrong) {
                    throw wrong;
                }
                if (cause instanceof PortInUseException) {
                    throw listening.refused(new IOException("in use"));
                }
            }
            throw new StartFailure(
                    "The server could not start: " + rootMessage(e) + ". The whole story is in "
                            + home.logs().resolve("server.log") + ".",
                    e);
        }
    }

    /** As arguments they go before application.yaml and the environment. None of them is a secret. */
    private static String[] arguments(WebOptions options, ServerHome home, Listening listening) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("claude-vm.home", home.root().toString());
        settings.put(
                "claude-vm.config",
                options.configFile() == null
                        ? ""
                        : options.configFile().toAbsolutePath().toString());
        settings.put("server.address", listening.address().getHostAddress());
        settings.put("server.port", String.valueOf(listening.port()));
        settings.put("logging.file.name", home.logs().resolve("server.log").toString());
        settings.put("logging.threshold.console", "off");
        Tls tls = listening.tls();
        if (tls != null) {
            settings.put("spring.ssl.bundle.pem.web.keystore.certificate", "file:" + tls.certificate());
            settings.put("spring.ssl.bundle.pem.web.keystore.private-key", "file:" + tls.key());
            settings.put("spring.ssl.bundle.pem.web.reload-on-update", "true");
            settings.put("spring.ssl.bundle.watch.file.quiet-period", "1s");
            settings.put("server.ssl.bundle", "web");
            settings.put("server.http2.enabled", "true");
        }
        return settings.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
    }

    /** Prints the one line {@code Open <link>}, and the link as QR code where somebody can point a phone at it. */
    public void welcome(WebOptions options, PrintStream out, boolean terminal) {
        String link =
                url + "/login/link?token=" + context.getBean(LoginLinks.class).create();
        if (options.qr() == null ? terminal : options.qr()) {
            out.print(QrCode.of(link));
        }
        out.println("Open " + link);
        out.flush();
        if (options.open()) {
            Browser.open(link, System.getenv());
        }
    }

    /** @return how browsers reach it; no slash at its end */
    public String url() {
        return url;
    }

    public ServerHome home() {
        return home;
    }

    /** For tests that look inside. */
    ConfigurableApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        context.close();
        try {
            Files.deleteIfExists(home.urlFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            release(lock);
        }
    }

    private static int port(ConfigurableApplicationContext context) {
        if (context instanceof WebServerApplicationContext web && web.getWebServer() != null) {
            return web.getWebServer().getPort();
        }
        throw new StartFailure("The application has no web server");
    }

    private static @Nullable String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static void release(HomeLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
