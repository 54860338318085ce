package dev.claudevm.agents.demo;

import dev.claudevm.agents.demo.Output.Said;
import dev.claudevm.protocol.Json;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The demo agent's program. It takes Claude Code's command line (of which it needs {@code --session-id}, {@code
 * --resume} and {@code --permission-mode}) and speaks its protocol on stdin and stdout. The main thread reads; each turn
 * runs in a thread of its own, one after the other.
 */
public final class DemoAgent {

    private final Output out;
    private final Permissions permissions;
    private final Transcript transcript;
    private final Path folder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Said> waiting = new ArrayDeque<>();
    private @Nullable Thread turn;
    private boolean inputEnded;

    private DemoAgent(Output out, Permissions permissions, Transcript transcript, Path folder) {
        this.out = out;
        this.permissions = permissions;
        this.transcript = transcript;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws IOException {
        List<String> all = List.of(arguments);
        if (all.contains("--version")) {
            System.out.println("demo agent of claude-vm");
            return;
        }
        String session = Objects.requireNonNullElseGet(
                option(all, "--resume"),
                () -> Objects.requireNonNullElseGet(
                        option(all, "--session-id"), () -> UUID.randomUUID().toString()));
        String mode = Objects.requireNonNullElse(option(all, "--permission-mode"), "default");
        PrintStream stdout = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        Output out = new Output(stdout, session);
        Path home = Path.of(Objects.requireNonNullElse(System.getenv("HOME"), System.getProperty("user.home")));
        DemoAgent agent = new DemoAgent(
                out,
                new Permissions(out, mode.equals("manual") ? "default" : mode),
                Transcript.open(home, session),
                Path.of("").toAbsolutePath());
        Thread worker = Thread.ofPlatform().name("turns").start(agent::turns);
        try {
            agent.read(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        } finally {
            // Also when reading failed: nobody could talk to a process that lives on.
            agent.change(() -> agent.inputEnded = true);
        }
        try {
            worker.join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable String option(List<String> arguments, String name) {
        int at = arguments.indexOf(name);
        return at < 0 || at + 1 >= arguments.size() ? null : arguments.get(at + 1);
    }

    private void read(BufferedReader in) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                JsonNode json = Json.MAPPER.readTree(line);
                switch (json.path("type").asString("")) {
                    case "user" -> said(json);
                    case "control_request" -> control(json.path("request_id").asString(""), json.path("request"));
                    case "control_response" -> answered(json);
                    default -> {}
                }
            } catch (JacksonException notJson) {
                System.err.println("Not JSON, ignored: " + line.substring(0, Math.min(80, line.length())));
            }
        }
    }

    private void said(JsonNode line) {
        List<String> texts = new ArrayList<>();
        JsonNode content = line.path("message").path("content");
        if (content.isString()) {
            texts.add(content.asString());
        }
        for (JsonNode block : content) {
            String type = block.path("type").asString("");
            texts.add(type.equals("text") ? block.path("text").asString("") : "[" + type + "]");
        }
        Said said = new Said(line.path("uuid").asString(""), String.join("\n", texts));
        out.lifecycle(said.id(), "queued");
        change(() -> waiting.add(said));
    }

    private void answered(JsonNode line) {
        JsonNode response = line.path("response");
        if (line instanceof ObjectNode echo) {
            out.line(echo);
        }
        permissions.answered(response.path("request_id").asString(""), response.path("response"));
    }

    private void control(String id, JsonNode request) {
        switch (request.path("subtype").asString("")) {
            case "initialize" -> out.answer(id, greeting());
            case "interrupt" ->
                out.answer(id, interrupt(request.path("cancel_queued").asBoolean(false)));
            case "set_permission_mode" -> {
                String mode = request.path("mode").asString("default");
                out.answer(id, Json.MAPPER.createObjectNode().put("mode", mode));
                permissions.mode(mode);
            }
            case "cancel_async_message" -> {
                List<String> cancelled = cancel(request.path("message_uuid").asString(""));
                out.answer(id, Json.MAPPER.createObjectNode().put("cancelled", !cancelled.isEmpty()));
            }
            default -> out.refuse(id, "The demo agent does not know this request.");
        }
    }

    private ObjectNode greeting() {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        answer.putArray("commands")
                .addObject()
                .put("name", "help")
                .put("description", "Show what the demo agent can do")
                .put("argumentHint", "");
        ObjectNode model = answer.putArray("models").addObject();
        model.put("value", "default").put("resolvedModel", Output.MODEL).put("displayName", "No model");
        answer.put("claude_code_version", Output.VERSION).put("current_permission_mode", permissions.mode());
        return answer.put("session_state", "idle")
                .put("pid", ProcessHandle.current().pid());
    }

    private ObjectNode interrupt(boolean cancelWaiting) {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        answer.putArray("still_queued");
        ArrayNode cancelled = answer.putArray("cancelled");
        if (cancelWaiting) {
            cancel(null).forEach(cancelled::add);
        }
        lock.lock();
        try {
            if (turn != null) {
                turn.interrupt();
            }
        } finally {
            lock.unlock();
        }
        return answer;
    }

    /** @param id null: all that wait */
    private List<String> cancel(@Nullable String id) {
        List<String> cancelled = new ArrayList<>();
        change(() -> waiting.removeIf(said -> {
            boolean gone = id == null || said.id().equals(id);
            if (gone) {
                cancelled.add(said.id());
            }
            return gone;
        }));
        cancelled.forEach(each -> out.lifecycle(each, "cancelled"));
        return cancelled;
    }

    private List<Said> saidMeanwhile() {
        lock.lock();
        try {
            List<Said> all = List.copyOf(waiting);
            waiting.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Until the input has ended and nothing waits. */
    private void turns() {
        while (true) {
            Said said = next();
            if (said == null) {
                return;
            }
            Thread thread = Thread.ofPlatform().name("turn").unstarted(() -> turn(said));
            setTurn(thread);
            thread.start();
            try {
                thread.join();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                setTurn(null);
            }
        }
    }

    private void turn(Said said) {
        long began = System.nanoTime();
        out.lifecycle(said.id(), "started");
        out.init(permissions.mode(), folder.toString());
        out.echo(said);
        String end = "completed";
        try {
            new Turn(out, permissions, transcript, folder, this::saidMeanwhile).run(said);
            out.result(millisSince(began), false, null);
        } catch (InterruptedException stopped) {
            out.interrupted();
            out.result(millisSince(began), true, null);
            end = "cancelled";
        } catch (IOException failure) {
            out.result(millisSince(began), false, failure.toString());
        }
        out.lifecycle(said.id(), end);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private @Nullable Said next() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !inputEnded) {
                changed.awaitUninterruptibly();
            }
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    private void setTurn(@Nullable Thread thread) {
        lock.lock();
        try {
            turn = thread;
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
