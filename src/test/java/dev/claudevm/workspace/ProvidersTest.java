package dev.claudevm.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeKind;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.problem.Problem;
import dev.claudevm.protocol.Json;
import dev.claudevm.providers.AddedProviders;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Providers;
import dev.claudevm.secret.Secrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Providers that a person adds, with workspaces in them, and the control plane ending in between. */
@SuppressWarnings("NullAway.Init")
class ProvidersTest {

    private static FakeKind kind = new FakeKind();

    /** Adds the kind. */
    @Configuration(proxyBeanMethods = false)
    static class WithKind {
        @Bean
        FakeKind fakeKind() {
            return kind;
        }
    }

    @TempDir
    Path home;

    @TempDir
    Path project;

    private final FakeProvider fake = new FakeProvider();
    private Core core;
    private AddedProviders added;
    private ProvidersInUse inUse;
    private WorkspaceService workspaces;

    @BeforeEach
    void start() {
        kind = new FakeKind();
        begin();
    }

    @AfterEach
    void stop() {
        core.close();
        fake.dieAll();
        kind.dieAll();
    }

    private void begin() {
        core = Core.start(home, fake, java.util.List.of(WithKind.class), "claude-vm.workspace.reap=50ms");
        added = core.get(AddedProviders.class);
        inUse = core.get(ProvidersInUse.class);
        workspaces = core.get(WorkspaceService.class);
    }

    private void restart() {
        core.close();
        begin();
    }

    private static Map<String, @Nullable String> values(String... more) {
        Map<String, @Nullable String> values = new HashMap<>(
                Map.of("host", "build.example.org", "password", FakeKind.PASSWORD, "hostKey", FakeKind.HOST_KEY));
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        return values;
    }

    private static Problem refused(ThrowingCallable call) {
        Problem problem = catchThrowableOfType(Problem.class, call);
        assertThat(problem).isNotNull();
        assertThat(problem.todo()).isNotBlank();
        return problem;
    }

    private FakeProvider machine(String name) {
        return kind.machine(home.resolve("providers/machine").resolve(name));
    }

    private WorkspaceId create(@Nullable String provider) {
        return workspaces
                .create(new NewWorkspace(project.toString(), provider, null, null, null))
                .id();
    }

    private void awaitState(WorkspaceId id, WorkspaceState state) {
        await(id + " becomes " + state)
                .untilAsserted(() -> assertThat(workspaces.get(id).state()).isEqualTo(state));
    }

    @Test
    void whatACheckFindsIsConfirmedByAPersonAndThenKept() {
        Problem first = refused(() -> added.add("box", "machine", values("hostKey", null), true));
        assertThat(first.detail()).contains(FakeKind.HOST_KEY);
        assertThat(first.more()).containsEntry("confirm", Map.of("option", "hostKey", "value", FakeKind.HOST_KEY));
        assertThat(core.get(Providers.class).find("box")).isEmpty();

        added.add("box", "machine", values(), true);
        restart();
        assertThat(core.get(Providers.class).availability("box").available()).isTrue();
        assertThat(core.get(Providers.class).find("box").orElseThrow().added()).isTrue();
    }

    @Test
    void whatDoesNotWorkIsNotAddedUnlessSomebodyInsists() {
        Problem wrong = refused(() -> added.add("box", "machine", values("password", "wrong"), true));
        assertThat(wrong.detail()).isEqualTo("The password is wrong.");
        assertThat(wrong.more()).containsEntry("check", "failed");
        assertThat(core.get(Providers.class).find("box")).isEmpty();
        assertThat(home.resolve("providers/machine/box")).doesNotExist();

        added.add("box", "machine", values("password", "wrong"), false);
        assertThat(core.get(Providers.class).availability("box").reason()).isEqualTo("The password is wrong.");
        inUse.change("box", Map.of("password", FakeKind.PASSWORD), true);
        assertThat(core.get(Providers.class).availability("box").available()).isTrue();
    }

    @Test
    void nonsenseIsRefusedWithWhatIsAllowed() {
        record Case(String name, String kind, Map<String, @Nullable String> values, String said) {}
        for (Case wrong : new Case[] {
            new Case("", "machine", values(), "name of a provider"),
            new Case("Box", "machine", values(), "name of a provider"),
            new Case("../x", "machine", values(), "name of a provider"),
            new Case("docker", "docker", Map.of(), "already"),
            new Case("box", "nothing", values(), "nothing"),
            new Case("box", "machine", values("colour", "red"), "colour"),
            new Case("box", "machine", values("port", "x"), "a whole number"),
            new Case("box", "machine", values("mood", "sad"), "one of: good, bad"),
            new Case("box", "machine", values("host", "a\nb"), "one line"),
            new Case("box", "machine", values("host", "a b"), "has a space"),
            new Case("box", "machine", Map.of(), "host (Host), password (Password)")
        }) {
            assertThat(refused(() -> added.add(wrong.name(), wrong.kind(), wrong.values(), true))
                            .detail())
                    .contains(wrong.said())
                    .doesNotContain(FakeKind.PASSWORD);
        }
        added.add("box", "machine", values(), true);
        assertThat(refused(() -> added.add("box", "machine", values(), true)).detail())
                .contains("already");
        assertThat(refused(() -> inUse.change("docker", Map.of("pids", "100"), true))
                        .detail())
                .contains("configuration file");
        assertThat(refused(() -> inUse.delete("local", false)).detail()).contains("configuration file");
        assertThat(refused(() -> inUse.delete("nobody", true)).kind()).isEqualTo(Problem.Kind.UNKNOWN);
        assertThat(refused(() -> create("nobody")).detail()).contains("nobody");
    }

    @Test
    void aSecretIsInNoLogNoAnswerAndNoTable() {
        Logger root = (Logger) LoggerFactory.getLogger("dev.claudevm");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Level before = root.getLevel();
        root.setLevel(Level.TRACE);
        root.addAppender(log);
        try {
            refused(() -> added.add("box", "machine", values("password", "s3cret-wrong"), true));
            added.add("box", "machine", values("key", "-----BEGIN s3cret KEY-----\nx\n"), true);
            inUse.change("box", Map.of("port", "2222"), true);
            String answer =
                    Json.MAPPER.writeValueAsString(core.get(ProviderApi.class).list());
            assertThat(answer).contains("build.example.org").contains("\"given\":true");
            for (String secret : Set.of("s3cret", FakeKind.PASSWORD)) {
                assertThat(answer).doesNotContain(secret);
                assertThat(log.list.stream()
                                .map(ILoggingEvent::getFormattedMessage)
                                .collect(Collectors.joining("\n")))
                        .contains("box")
                        .doesNotContain(secret);
                assertThat(database()).contains("build.example.org").doesNotContain(secret);
            }
        } finally {
            root.detachAppender(log);
            root.setLevel(before);
        }
        assertThat(new ProviderApi.Wish("box", "machine", values(), true).toString())
                .doesNotContain(FakeKind.PASSWORD);
        inUse.delete("box", false);
        assertThat(core.get(JdbcClient.class)
                        .sql("select count(*) from secret")
                        .query(Integer.class)
                        .single())
                .isZero();
        assertThat(home.resolve("providers/machine/box")).doesNotExist();
    }

    private String database() {
        JdbcClient db = core.get(JdbcClient.class);
        return db.sql("select options from provider").query(String.class).list()
                + " "
                + db.sql("select sealed from secret").query(String.class).list();
    }

    @Test
    void aLostKeyIsSaidAndEverythingCanBeGivenAgain() throws IOException {
        added.add("box", "machine", values("key", "private"), true);
        Path keyFile = home.resolve("secret.key");
        String right = Files.readString(keyFile);
        Files.writeString(keyFile, Base64.getEncoder().encodeToString(new byte[32]));
        restart();

        Providers providers = core.get(Providers.class);
        assertThat(providers.availability("box").reason()).contains("cannot be read");
        assertThat(refused(() -> create("box")).detail()).contains("cannot be read");
        assertThat(refused(() -> inUse.change("box", Map.of("port", "2222"), true))
                        .detail())
                .contains("cannot be read");

        Files.writeString(keyFile, right);
        restart();
        assertThat(core.get(Providers.class).availability("box").available()).isTrue();

        assertThat(core.get(Secrets.class).rotate().unreadable()).isEmpty();
        assertThat(Files.readString(keyFile)).isNotEqualTo(right);
        restart();
        assertThat(core.get(Providers.class).availability("box").available()).isTrue();

        Files.delete(keyFile);
        inUse.change("box", values("key", ""), true);
        restart();
        assertThat(core.get(Providers.class).availability("box").available()).isTrue();
    }

    @Test
    void twoOfOneKindLeaveEachOthersWorkspacesAlone() {
        added.add("one", "machine", values(), true);
        added.add("two", "machine", values("host", "other.example.org"), true);
        WorkspaceId first = create("one");
        WorkspaceId second = create("two");
        awaitState(first, WorkspaceState.RUNNING);
        awaitState(second, WorkspaceState.RUNNING);
        assertThat(machine("one").calls).contains("create " + first).doesNotContain("create " + second);
        assertThat(workspaces.get(second).provider()).isEqualTo("two");

        int asked = machine("two").listed.get();
        await("what is there was compared with what is known, twice")
                .until(() -> machine("two").listed.get() > asked + 1);
        assertThat(machine("one").calls).doesNotContain("delete " + first);
        assertThat(machine("two").calls).doesNotContain("delete " + second);
    }

    @Test
    void oneWithWorkspacesIsDeletedByForceOnlyAndLosesNothing() {
        added.add("box", "machine", values(), true);
        WorkspaceId id = create("box");
        awaitState(id, WorkspaceState.RUNNING);

        Problem refusal = refused(() -> inUse.delete("box", false));
        assertThat(refusal.detail()).contains(id.value());
        assertThat(refusal.more()).containsEntry("workspaces", java.util.List.of(id.value()));
        assertThat(workspaces.get(id).state()).isEqualTo(WorkspaceState.RUNNING);

        inUse.delete("box", true);
        assertThat(core.get(Providers.class).find("box")).isEmpty();
        assertThat(workspaces.get(id).state()).isEqualTo(WorkspaceState.STOPPED);
        assertThat(workspaces.get(id).reason()).contains("box").contains("deleted");
        assertThat(workspaces.get(id).todo()).contains("again");
        assertThat(machine("box").calls).contains("stop " + id).doesNotContain("delete " + id);

        workspaces.up(id);
        awaitState(id, WorkspaceState.FAILED);
        assertThat(workspaces.get(id).reason()).contains("no provider \"box\"");

        added.add("box", "machine", values(), true);
        workspaces.up(id);
        awaitState(id, WorkspaceState.RUNNING);
        assertThat(machine("box").calls.stream().filter(call -> call.startsWith("create")))
                .hasSize(1);
    }

    @Test
    void aWorkspaceWhoseProviderIsGoneCanBeDeletedAndItsRemainsGoWhenTheProviderIsBack() {
        added.add("box", "machine", values(), true);
        WorkspaceId id = create("box");
        WorkspaceId other = create("fake");
        awaitState(id, WorkspaceState.RUNNING);
        awaitState(other, WorkspaceState.RUNNING);
        inUse.delete("box", true);

        workspaces.delete(id, false, false);
        awaitState(id, WorkspaceState.DELETED);
        added.add("box", "machine", values(), true);
        await("what no record knows is deleted")
                .until(() -> machine("box").calls.contains("delete " + id));
    }

    @Test
    void newWorkspacesGoWhereTheProjectElseThePersonSays() {
        added.add("box", "machine", values(), true);
        DefaultProviders defaults = core.get(DefaultProviders.class);
        defaults.set(null, "fake");
        assertThat(workspaces.get(create(null)).provider()).isEqualTo("fake");

        String id = workspaces.list().getFirst().project().id();
        defaults.set(id, "box");
        assertThat(workspaces.get(create(null)).provider()).isEqualTo("box");
        assertThat(workspaces.get(create("fake")).provider()).isEqualTo("fake");
        assertThat(refused(() -> defaults.set(id, "nobody")).detail()).contains("nobody");

        await("nothing is being made")
                .until(() -> workspaces.list().stream().allMatch(w -> w.state() == WorkspaceState.RUNNING));
        inUse.delete("box", true);
        assertThat(defaults.of(id)).isEqualTo("fake");
        defaults.set(null, null);
        assertThat(defaults.of(id)).isEqualTo("local");
    }
}
