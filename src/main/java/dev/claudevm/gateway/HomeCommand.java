package dev.claudevm.gateway;

import dev.claudevm.protocol.Bridge;
import dev.claudevm.protocol.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * {@code exec enroll} and {@code exec hello}: one JSON document in, one out; and the commands of {@link HomeService}. Each runs
 * in a virtual thread of its own.
 */
@SuppressWarnings("NullAway.Init") // MINA sets streams and callback before it starts the command
class HomeCommand implements Command {

    private static final Logger log = LoggerFactory.getLogger(HomeCommand.class);
    private static final int MAX_INPUT_BYTES = 16 * 1024;

    private final String command;
    private final Arrivals arrivals;
    private final HomeServices services;
    private InputStream in;
    private OutputStream out;
    private ExitCallback exit;

    HomeCommand(String command, Arrivals arrivals, HomeServices services) {
        this.command = command.strip();
        this.arrivals = arrivals;
        this.services = services;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
        ServerSession session = channel.getServerSession();
        Thread.ofVirtual().name("bridge-" + command).start(() -> run(session));
    }

    private void run(ServerSession session) {
        try {
            switch (command) {
                case "enroll" -> {
                    arrivals.enroll(session, read(Bridge.Enroll.class));
                    answer(Map.of());
                    exit.onExit(0);
                }
                case "hello" -> {
                    Arrivals.Arrival arrival = arrivals.hello(session, read(Bridge.Hello.class));
                    answer(arrival.welcome());
                    exit.onExit(0);
                    arrivals.arrived(session, arrival);
                }
                default -> {
                    services.serve(command, session, in, out);
                    exit.onExit(0);
                }
            }
        } catch (Arrivals.Refused e) {
            refuse(e.refusal());
        } catch (JacksonException e) {
            refuse(new Bridge.Refusal(
                    "That is not what \"" + command + "\" takes.", "Use a bridge of the same version."));
        } catch (IOException e) {
            log.info("A connection was lost in the middle of {}", command);
            exit.onExit(1);
        } catch (RuntimeException e) {
            log.error("{} failed", command, e);
            refuse(new Bridge.Refusal("The control plane failed.", "See its log; it is tried again."));
        }
    }

    private <T> T read(Class<T> type) throws IOException, Arrivals.Refused {
        byte[] input = in.readNBytes(MAX_INPUT_BYTES + 1);
        if (input.length > MAX_INPUT_BYTES) {
            throw new Arrivals.Refused("Too long.", "Use a bridge of the same version.");
        }
        T value = Json.MAPPER.readValue(input, type);
        if (value == null) {
            throw new Arrivals.Refused("Nothing was said.", "Use a bridge of the same version.");
        }
        return value;
    }

    private void refuse(Bridge.Refusal refusal) {
        try {
            answer(refusal);
        } catch (IOException gone) {
            // Then nobody is there to hear it.
        }
        exit.onExit(1);
    }

    private void answer(Object value) throws IOException {
        out.write((Json.MAPPER.writeValueAsString(value) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Its streams end with the channel. An interrupt could hit a write and close the database's file under everybody. */
    @Override
    public void destroy(ChannelSession channel) {}

    @Override
    public void setInputStream(InputStream in) {
        this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
        this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {}

    @Override
    public void setExitCallback(ExitCallback callback) {
        this.exit = callback;
    }
}
