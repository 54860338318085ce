package dev.claudevm.provider.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.PullResponseItem;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Images: brought here, looked into once, and refused when an agent could not work in them. */
final class Images {

    private static final Pattern NAME = Pattern.compile(
            "[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?");

    private static final long ASK_MILLIS = 500;

    private final Engine engine;
    private final Errands errands;
    private final Map<String, Image> known = new ConcurrentHashMap<>();

    Images(Engine engine, Errands errands) {
        this.engine = engine;
        this.errands = errands;
    }

    /**
     * An image that workspaces can have.
     *
     * @param id by content
     * @param path its {@code PATH}
     * @param passwd lines of its {@code /etc/passwd}
     * @param group lines of its {@code /etc/group}
     */
    record Image(String id, String path, List<String> passwd, List<String> group) {}

    static void check(String name) throws ProviderException {
        if (name.length() > 300 || !NAME.matcher(name).matches()) {
            throw new ProviderException(
                    "\"" + name + "\" is not the name of an image.",
                    "Give one as docker pull takes it, for example python:3.11.");
        }
    }

    /** Brings the image here if it is not, and looks into it. @throws ProviderException also when no agent can work in it */
    Image ready(String name, Kit kit, Progress progress) throws ProviderException {
        check(name);
        InspectImageResponse found = inspect(name).orElse(null);
        if (found == null) {
            pull(name, progress);
            found = inspect(name)
                    .orElseThrow(() -> new ProviderException(
                            "The image " + name + " was pulled and is not there.", "Try docker pull " + name + "."));
        }
        String id = found.getId();
        if (id == null) {
            throw new ProviderException("Docker gives no id for the image " + name + ".", "Update Docker.");
        }
        Image image = known.get(id);
        if (image == null) {
            image = look(name, id, found, kit);
            known.put(id, image);
        }
        return image;
    }

    private Optional<InspectImageResponse> inspect(String name) throws ProviderException {
        return engine.find(client -> client.inspectImageCmd(name).exec());
    }

    private void pull(String name, Progress progress) throws ProviderException {
        String step = "Image " + name;
        progress.step(step, false, null);
        var heard = new Pull(step, progress);
        // Without a tag all tags would come.
        boolean tagged = name.substring(name.lastIndexOf('/') + 1).contains(":");
        try {
            engine.order(client -> {
                try (var pulling =
                        client.pullImageCmd(tagged ? name : name + ":latest").exec(heard)) {
                    while (!pulling.awaitCompletion(ASK_MILLIS, TimeUnit.MILLISECONDS)) {
                        if (!progress.wanted()) {
                            throw new IOException("nobody wants it any more");
                        }
                    }
                }
            });
        } catch (ProviderException e) {
            String said = heard.error == null ? String.valueOf(e.getMessage()) : heard.error;
            if (heard.error == null && said.contains("does not answer at") && progress.wanted()) {
                throw e;
            }
            throw new ProviderException(
                    "The image " + name + " cannot be had: " + said.replaceFirst("^Docker refused: ", ""),
                    said.contains("o space left")
                            ? "Make room, for example with docker image prune, and try again."
                            : "Check the name; for a registry of your own, log in with docker login as the server's user. "
                                    + "docker pull " + name + " shows the same.",
                    e);
        }
        progress.step(step, true, null);
    }

    /** Adds up the layers. */
    private static final class Pull extends ResultCallback.Adapter<PullResponseItem> {
        private final String step;
        private final Progress progress;
        private final Map<String, long[]> layers = new HashMap<>();
        private long shownAtNanos;
        private volatile @Nullable String error;

        Pull(String step, Progress progress) {
            this.step = step;
            this.progress = progress;
        }

        @Override
        public void onNext(PullResponseItem item) {
            var failed = item.getErrorDetail();
            if (failed != null) {
                error = failed.getMessage();
            }
            var detail = item.getProgressDetail();
            if (detail == null || detail.getTotal() == null || detail.getCurrent() == null || item.getId() == null) {
                return;
            }
            if ("Downloading".equals(item.getStatus())) {
                layers.put(item.getId(), new long[] {detail.getCurrent(), detail.getTotal()});
            }
            long now = System.nanoTime();
            if (now - shownAtNanos > 100_000_000 && !layers.isEmpty()) {
                shownAtNanos = now;
                double done = layers.values().stream().mapToLong(l -> l[0]).sum() / 1e6;
                double all = layers.values().stream().mapToLong(l -> l[1]).sum() / 1e6;
                progress.step(step, false, String.format(Locale.ROOT, "%,.0f of %,.0f MB", done, all));
            }
        }
    }

    private Image look(String name, String id, InspectImageResponse found, Kit kit) throws ProviderException {
        if (!architecture().equals(found.getArch())) {
            throw new ProviderException(
                    "The image " + name + " is for processors of the kind " + found.getArch() + ", this machine is "
                            + architecture() + ".",
                    "Use an image for " + architecture() + ".");
        }
        var said = errands.probe(id, kit);
        List<String> lines = Arrays.asList(said.output().split("\n"));
        if (!lines.contains("end")) {
            throw new ProviderException(
                    "The image " + name + " could not be looked into: "
                            + said.output().strip(),
                    "Use another image.");
        }
        String todo =
                "Use an image with glibc, bash and coreutils: one of Debian, Ubuntu or Fedora, or made from them.";
        if (!lines.contains("libc glibc")) {
            throw new ProviderException(
                    lines.contains("libc musl")
                            ? "In the image " + name
                                    + " no agent can work: its C library is musl (as Alpine's), and agents'"
                                    + " programs need glibc."
                            : "In the image " + name + " no agent can work: it has no C library (glibc).",
                    todo);
        }
        if (!lines.contains("has sh") || !lines.contains("has bash")) {
            throw new ProviderException("In the image " + name + " no agent can work: it has no shell (bash).", todo);
        }
        List<String> lacks = values(lines, "lacks ");
        if (!lacks.isEmpty()) {
            throw new ProviderException(
                    "In the image " + name + " no agent can work: it lacks " + String.join(", ", lacks) + ".", todo);
        }
        String path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        var config = found.getConfig();
        String[] environment = config == null ? null : config.getEnv();
        for (String variable : environment == null ? new String[0] : environment) {
            if (variable.startsWith("PATH=")) {
                path = variable.substring(5);
            }
        }
        return new Image(id, path, values(lines, "passwd "), values(lines, "group "));
    }

    private static List<String> values(List<String> lines, String name) {
        List<String> values = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(name)) {
                values.add(line.substring(name.length()));
            }
        }
        return values;
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }
}
