package dev.claudevm.fake;

import dev.claudevm.provider.Capabilities;
import dev.claudevm.provider.CreateSpec;
import dev.claudevm.provider.Progress;
import dev.claudevm.provider.Provider;
import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.StartSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Workspaces inside the test's process. They outlive the control plane, as real ones do. */
public final class FakeProvider implements Provider {

    private final Map<String, FakeWorkspace> workspaces = new ConcurrentHashMap<>();
    private final Map<String, FakeBridge> bridges = new ConcurrentHashMap<>();
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /** What was asked of it, in order: {@code create bold-fire-1234}. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    public volatile @Nullable ProviderException createFails;
    /** Nothing can be started. */
    public volatile boolean startFails;

    public volatile @Nullable ProviderException checkFails;
    /** How often it was asked what there is. */
    public final AtomicInteger listed = new AtomicInteger();
    /** Its bridges never come home. */
    public volatile boolean bridgesGetLost;
    /** create waits for it. */
    public volatile CountDownLatch mayCreate = new CountDownLatch(0);

    /** Agents' programs are not where its workspaces run, and bringing one waits for this; null: they are there. */
    public volatile @Nullable CountDownLatch mayBring;

    public volatile @Nullable ProviderException bringFails;

    /** stop waits for it. */
    public volatile CountDownLatch mayStop = new CountDownLatch(0);

    @Override
    public String kind() {
        return "fake";
    }

    @Override
    public Capabilities capabilities() {
        return Capabilities.ofThisMachine(false, List.of("This is a test."));
    }

    public FakeWorkspace workspace(String id) {
        return workspaces.computeIfAbsent(id, key -> new FakeWorkspace());
    }

    public FakeBridge bridge(String id) {
        FakeBridge bridge = bridges.get(id);
        if (bridge == null) {
            throw new IllegalStateException("no bridge of " + id);
        }
        return bridge;
    }

    @Override
    public boolean hasAgent(String workspaceId, Path agents, String name) {
        return mayBring == null;
    }

    @Override
    public void bringAgent(String workspaceId, Path agents, String name, Progress progress) throws ProviderException {
        CountDownLatch waits = mayBring;
        if (waits != null) {
            progress.step("Program", false, "1.0 MB sent");
            await(waits);
            ProviderException failure = bringFails;
            if (failure != null) {
                throw failure;
            }
            mayBring = null;
        }
    }

    /** The workspace's processes end by themselves. */
    public void die(String id) {
        running.remove(id);
        FakeBridge bridge = bridges.remove(id);
        if (bridge != null) {
            bridge.close();
        }
    }

    @Override
    public void create(CreateSpec spec, Progress progress) throws ProviderException {
        calls.add("create " + spec.workspaceId());
        progress.step("Project", false, "1 of 2");
        await(mayCreate);
        ProviderException failure = createFails;
        if (failure != null) {
            throw failure;
        }
        workspaces.computeIfAbsent(spec.workspaceId(), key -> new FakeWorkspace());
        progress.step("Project", true, "2 of 2");
    }

    private static void await(CountDownLatch latch) throws ProviderException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new ProviderException("Interrupted.", "Try again.", e);
        }
    }

    @Override
    public void start(StartSpec spec, Progress progress) throws ProviderException {
        calls.add("start " + spec.workspaceId() + " " + spec.generation());
        die(spec.workspaceId());
        if (startFails) {
            throw new ProviderException("There is no room.", "Make some.");
        }
        running.add(spec.workspaceId());
        if (bridgesGetLost) {
            return;
        }
        try {
            bridges.put(spec.workspaceId(), new FakeBridge(spec, workspace(spec.workspaceId())));
        } catch (IOException e) {
            throw new ProviderException("The fake bridge failed: " + e.getMessage(), "Look at the test.", e);
        }
    }

    @Override
    public void stop(String workspaceId, Progress progress) throws ProviderException {
        calls.add("stop " + workspaceId);
        await(mayStop);
        die(workspaceId);
    }

    @Override
    public void delete(String workspaceId, Progress progress) {
        calls.add("delete " + workspaceId);
        die(workspaceId);
        workspaces.remove(workspaceId);
    }

    @Override
    public void check() throws ProviderException {
        ProviderException failure = checkFails;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public Set<String> list() {
        listed.incrementAndGet();
        return Set.copyOf(workspaces.keySet());
    }

    @Override
    public Status status(String workspaceId) {
        FakeBridge bridge = bridges.get(workspaceId);
        return running.contains(workspaceId) && (bridge == null || !bridge.ended())
                ? Status.RUNNING
                : workspaces.containsKey(workspaceId) ? Status.STOPPED : Status.ABSENT;
    }

    /** Not "close": a bean of that kind would end with the control plane, and workspaces do not. */
    public void dieAll() {
        List.copyOf(bridges.keySet()).forEach(this::die);
    }
}
