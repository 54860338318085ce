package dev.claudevm.bridge;

import java.util.logging.Level;
import java.util.logging.Logger;

/** One line a message on stderr; libraries only when something is wrong. */
final class Quiet {

    // Loggers are held, or their levels are forgotten with them.
    private static final Logger SSHD = Logger.getLogger("org.apache.sshd");
    // It logs what the library's class says that it extends.
    private static final Logger HEARD = Logger.getLogger(HeardSession.class.getName());
    private static final Logger NETTY = Logger.getLogger("io.netty");
    private static final Logger REACTOR = Logger.getLogger("reactor");

    private Quiet() {}

    static void configure() {
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%6$s%n");
        }
        // Few threads and small buffers: one reader is the rule here.
        setDefault("reactor.netty.ioWorkerCount", "2");
        setDefault("io.netty.allocator.numHeapArenas", "1");
        setDefault("io.netty.allocator.numDirectArenas", "1");
        setDefault("io.netty.allocator.maxOrder", "3");
        SSHD.setLevel(Level.SEVERE);
        HEARD.setLevel(Level.SEVERE);
        NETTY.setLevel(Level.WARNING);
        REACTOR.setLevel(Level.WARNING);
    }

    private static void setDefault(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
