package dev.claudevm.agents.demo;

import dev.claudevm.agents.demo.Output.Call;
import dev.claudevm.agents.demo.Output.Result;
import dev.claudevm.agents.demo.Output.Said;
import dev.claudevm.agents.demo.Permissions.Decision;
import dev.claudevm.agents.demo.Script.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** One turn. Runs in a thread of its own that is interrupted when the person stops it. */
final class Turn {

    private static final int RETRIES = 10;
    private static final long RETRY_MS = 200;

    /** Slow enough to see it come, fast enough not to wait for it. */
    private static final long PIECE_MS = 25;

    private static final Pattern HELP = Pattern.compile("/?help", Pattern.CASE_INSENSITIVE);

    private final Output out;
    private final Permissions permissions;
    private final Tools tools;
    private final Transcript transcript;
    private final Path folder;
    private final Supplier<List<Said>> saidMeanwhile;

    Turn(Output out, Permissions permissions, Transcript transcript, Path folder, Supplier<List<Said>> saidMeanwhile) {
        this.out = out;
        this.permissions = permissions;
        this.tools = new Tools(folder);
        this.transcript = transcript;
        this.folder = folder;
        this.saidMeanwhile = saidMeanwhile;
    }

    void run(Said said) throws IOException, InterruptedException {
        transcript.remember(said.text());
        if (HELP.matcher(said.text().strip()).matches()) {
            out.text("text", Script.HELP, 0);
            return;
        }
        var script = Script.parse(said.text());
        List<Step> steps = script.orElseGet(() -> Tour.of(transcript.said(), folder));
        for (Step step : steps) {
            step(step, script.isPresent() ? 0 : PIECE_MS);
        }
    }

    private void step(Step step, long pieceMs) throws IOException, InterruptedException {
        switch (step) {
            case Script.Say(String text) -> out.text("text", text, pieceMs);
            case Script.Think(String text) -> out.text("thinking", text, pieceMs);
            case Script.Paced paced -> paced(paced);
            case Script.Fail(int status, int times) -> {
                for (int attempt = 1; attempt <= times; attempt++) {
                    out.retry(attempt, RETRIES, RETRY_MS, status);
                    Thread.sleep(RETRY_MS);
                }
            }
            case Script.Hang _ -> new CountDownLatch(1).await();
            case Script.Tools(List<Script.Tool> calls) -> {
                tools(Call.of(calls));
                for (Said meanwhile : saidMeanwhile.get()) {
                    transcript.remember(meanwhile.text());
                    out.lifecycle(meanwhile.id(), "started");
                    out.echo(meanwhile);
                    out.text("text", "You said meanwhile: \"" + meanwhile.text() + "\". I have read it.", pieceMs);
                }
            }
        }
    }

    private void paced(Script.Paced paced) throws InterruptedException {
        Output.Streamed streamed = out.begin("text");
        long next = System.nanoTime();
        for (int i = 1; i <= paced.tokens(); i++) {
            streamed.piece(paced.stamp() ? System.currentTimeMillis() + " " : "%s%04d ".formatted(paced.prefix(), i));
            next += paced.everyMs() * 1_000_000L;
            long left = next - System.nanoTime();
            if (left > 0) {
                Thread.sleep(java.time.Duration.ofNanos(left));
            }
        }
        streamed.end();
    }

    /** All at once, each with its own question to the person. */
    private void tools(List<Call> calls) throws InterruptedException {
        String messageId = Output.id("msg");
        calls.forEach(call -> out.toolUse(
                messageId, call.toolId(), call.tool().name(), call.tool().input()));
        Map<String, Result> results = new ConcurrentHashMap<>();
        List<Thread> threads = new ArrayList<>();
        for (Call call : calls) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    Result result = tool(call);
                    results.put(call.toolId(), result);
                    out.toolResult(call.toolId(), result);
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException stopped) {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join();
            }
            calls.stream()
                    .filter(call -> !results.containsKey(call.toolId()))
                    .forEach(call -> out.toolResult(call.toolId(), Result.denied("The person stopped the turn.")));
            throw stopped;
        }
    }

    private Result tool(Call call) throws InterruptedException {
        Decision decision = permissions.decide(call, folder);
        String no = decision.no();
        if (no != null) {
            return Result.denied(no);
        }
        if (call.tool().name().equals("ExitPlanMode") && permissions.mode().equals("plan")) {
            permissions.mode("default");
        }
        return tools.run(call.tool().name(), decision.input());
    }
}
