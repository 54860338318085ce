package dev.claudevm.provider.ssh;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.material.InitScript;
import dev.claudevm.provider.ssh.Connection.Answer;
import dev.claudevm.provider.ssh.Connection.Watch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What can be had of the machine: commands of {@code machine.sh}, which may be repeated; one whose connection ended is. */
final class Machine implements AutoCloseable {

    private static final byte[] SCRIPT = resource("machine.sh");
    private static final byte[] INIT = init();
    private static final String SCRIPT_NAME = "machine-" + hash(SCRIPT) + ".sh";
    static final String INIT_NAME = "init-" + hash(INIT) + ".sh";

    private static final String BEGIN = "claude-vm begin\n";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");
    private static final int ATTEMPTS = 3;
    private static final int NO_SUCH_FILE = 127;
    private static final int NOTHING_THERE = 44;
    private static final String ONLY_THERE = "test -d \"$1\" || exit " + NOTHING_THERE + "; shift; exec \"$@\"";

    private final SshOptions options;
    private final String installation;
    private final Line line;

    Machine(SshOptions options, String installation) {
        this.options = options;
        this.installation = installation;
        this.line = new Line(options);
    }

    /** Makes a command's input; asked again when the command is repeated. */
    @FunctionalInterface
    interface Feed {
        InputStream open() throws IOException;

        Feed NOTHING = InputStream::nullInputStream;

        static Feed of(String text) {
            return () -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** @param then is called when a connection has ended */
    void whenLost(Runnable then) {
        line.whenLost(then);
    }

    String name() {
        return options.target().name();
    }

    boolean isConnected() {
        return line.isConnected();
    }

    Line.Place place() throws ProviderException {
        return line.place(true);
    }

    /** Looks at the machine anew. */
    Survey survey() throws ProviderException {
        return line.survey();
    }

    /** @return what a command of {@code machine.sh} said, which succeeded */
    String ask(String... words) throws ProviderException {
        return must(words[0], run(Feed.NOTHING, options.answer(), () -> {}, words));
    }

    String must(String what, Answer answer) throws ProviderException {
        if (answer.exit() == 0) {
            return answer.out().strip();
        }
        String said = (answer.err() + answer.out()).strip();
        throw new ProviderException(
                name() + " cannot do it (" + what + "): " + (said.isEmpty() ? "it ended with " + answer.exit() : said)
                        + ".",
                said.contains("o space left") || said.contains("quota exceeded")
                        ? "Make room on the machine, and try again."
                        : "Look at the machine, and try again.");
    }

    /**
     * Asks for what is there, without making anything.
     *
     * @return nothing when there is nothing of this installation on the machine
     */
    String look(Duration patience, String... words) throws ProviderException {
        line.place(false);
        Answer answer = run(true, Feed.NOTHING, patience, () -> {}, words);
        return answer.exit() == NOTHING_THERE ? "" : must(words[0], answer);
    }

    /**
     * Runs a command of {@code machine.sh}. Brings the script there when it is missing.
     *
     * @param patience how long it may take while {@code watch} says that nothing moves
     */
    Answer run(Feed feed, Duration patience, Watch watch, String... words) throws ProviderException {
        return run(false, feed, patience, watch, words);
    }

    /**
     * Runs a command of {@code machine.sh} which must succeed, where there are workspaces of this installation; makes nothing anew where they are gone.
     *
     * @param what is done, for people
     * @return what it said
     */
    String askThere(String what, Feed feed, Duration patience, Watch watch, String... words) throws ProviderException {
        Answer answer = run(true, feed, patience, watch, words);
        if (answer.exit() == NOTHING_THERE) {
            throw new ProviderException(
                    "There is no workspace on " + name() + " any more.", "Create one, or delete the remains.");
        }
        return must(what, answer);
    }

    /** @param onlyThere ends with {@link #NOTHING_THERE} when there is nothing of this installation */
    private Answer run(boolean onlyThere, Feed feed, Duration patience, Watch watch, String... words)
            throws ProviderException {
        boolean brought = false;
        for (int attempt = 1; ; ) {
            Line.Place place = place();
            String folder = place.survey().folder();
            List<String> all = new ArrayList<>();
            if (onlyThere) {
                all.addAll(List.of("/bin/sh", "-c", ONLY_THERE, "sh", folder + "/" + installation));
            }
            all.addAll(List.of("bash", folder + "/" + SCRIPT_NAME, installation));
            all.addAll(List.of(words));
            String command = all.stream().map(Machine::quoted).collect(Collectors.joining(" "));
            try (InputStream in = feed.open()) {
                Answer answer = place.connection().run(command, in, patience, watch);
                int begin = answer.out().indexOf(BEGIN);
                if (begin >= 0) {
                    return new Answer(answer.exit(), answer.out().substring(begin + BEGIN.length()), answer.err());
                }
                if (answer.exit() != NO_SUCH_FILE || brought) {
                    return new Answer(answer.exit() == 0 ? 1 : answer.exit(), answer.out(), answer.err());
                }
                bring(place);
                brought = true;
            } catch (LostException e) {
                if (attempt++ >= ATTEMPTS) {
                    throw line.failure(words[0], e);
                }
                watch.look();
            } catch (IOException e) {
                throw line.failure(words[0], e);
            }
        }
    }

    private void bring(Line.Place place) throws IOException, ProviderException {
        String folder = place.survey().folder();
        bring(place.connection(), folder, SCRIPT_NAME, SCRIPT);
        bring(place.connection(), folder, INIT_NAME, INIT);
    }

    private void bring(Connection connection, String folder, String name, byte[] content)
            throws IOException, ProviderException {
        String command = "/bin/sh -c "
                + quoted("umask 077 && mkdir -p \"$1\" && cat >\"$1/.new.$$\" && mv -f \"$1/.new.$$\" \"$1/$2\"")
                + " sh "
                + quoted(folder) + " " + name;
        must("bring scripts", connection.run(command, new ByteArrayInputStream(content), options.answer(), () -> {}));
    }

    /** @return the path of an installation's file on the machine */
    String path(String inside) throws ProviderException {
        return place().survey().folder() + "/" + installation + "/" + inside;
    }

    /** @return a watch that ends the work when nobody wants it any more */
    static Watch wanted(Progress progress) {
        return () -> {
            if (!progress.wanted()) {
                throw new ProviderException("Nobody wants it any more.", "Try again.");
            }
        };
    }

    /** A word for a shell, whichever the user has. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    static byte[] resource(String name) {
        try (var in = Objects.requireNonNull(Machine.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] init() {
        try {
            return InitScript.content();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String hash(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        line.close();
    }
}
