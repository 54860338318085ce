package dev.claudevm.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudevm.access.AccessRevoked;
import dev.claudevm.conversation.ConversationId;
import dev.claudevm.conversation.ConversationService;
import dev.claudevm.conversation.NewConversation;
import dev.claudevm.fake.Core;
import dev.claudevm.fake.FakeProvider;
import dev.claudevm.protocol.EventBody;
import dev.claudevm.protocol.Json;
import dev.claudevm.workspace.NewWorkspace;
import dev.claudevm.workspace.WorkspaceId;
import dev.claudevm.workspace.WorkspaceService;
import dev.claudevm.workspace.WorkspaceState;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A phone is told what needs its person: once, encrypted, through a push service that misbehaves. */
class PushTest {

    private static final String DEVICE = "11111111-0000-4000-8000-000000000001";

    @Configuration(proxyBeanMethods = false)
    @ComponentScan("dev.claudevm.push")
    static class Parts {}

    @TempDir
    Path home;

    @TempDir
    Path project;

    private final FakeProvider provider = new FakeProvider();
    private Core core;
    private StandInPushService service;
    private WorkspaceId workspace;
    private ConversationId conversation;

    @BeforeEach
    void aPhoneAndARunningWorkspace() throws Exception {
        service = new StandInPushService();
        start();
        core.get(JdbcClient.class)
                .sql("insert into device (id, hash, user_id, user_agent, created_at, last_seen_at)"
                        + " select ?, 'h', id, 'a phone', current_timestamp, current_timestamp from app_user")
                .param(DEVICE)
                .update();
        WorkspaceService workspaces = core.get(WorkspaceService.class);
        workspace = workspaces
                .create(new NewWorkspace(project.toString(), "fake", null, null, null))
                .id();
        conversation = core.get(ConversationService.class)
                .create(workspace, new NewConversation(null, null, null))
                .id();
        await().until(() -> workspaces.get(workspace).state() == WorkspaceState.RUNNING);
    }

    private void start() {
        core = Core.start(
                home,
                provider,
                List.of(Parts.class),
                "claude-vm.push.allow-http=true",
                "claude-vm.push.delay=0s",
                "claude-vm.push.first-pause=50ms");
    }

    @AfterEach
    void stop() {
        core.close();
        provider.dieAll();
        service.close();
    }

    private void subscribe(Set<Kind> kinds, boolean details) {
        core.get(Pusher.class)
                .subscribe(new Subscription(
                        DEVICE, service.endpoint(), service.p256dh(), service.auth(), kinds, details, null, null));
    }

    private String approval(String number, String command) {
        String id = conversation.value() + "." + number;
        inside(new EventBody.ApprovalOpened(id, "Bash", command, Json.MAPPER.createObjectNode(), List.of(), null));
        await(id + " is open")
                .until(() -> core.get(ConversationService.class).approvals().stream()
                        .anyMatch(open -> open.id().equals(id)));
        return id;
    }

    private void resolve(String approval) {
        inside(new EventBody.ApprovalResolved(approval, EventBody.Decision.ALLOW, "ada", null));
    }

    private void inside(EventBody event) {
        provider.workspace(workspace.value()).append(conversation.value(), event);
    }

    private void awaitTaken(String... said) {
        await("the phone was told " + List.of(said))
                .untilAsserted(() ->
                        assertThat(service.taken()).extracting(PushTest::words).containsExactly(said));
    }

    private static String words(JsonNode said) {
        return said.has("close")
                ? "close " + said.path("close").asString().replaceFirst(".*\\.", "")
                : said.path("kind").asString() + " "
                        + said.path("request").asString("").replaceFirst(".*\\.", "");
    }

    @Test
    void anApprovalIsToldOnceWithoutItsCommandAndDisappearsWhenItIsAnswered() {
        subscribe(EnumSet.allOf(Kind.class), false);
        String id = approval("r1", "rm -rf secret-folder");
        awaitTaken("approval r1");
        JsonNode said = service.taken().getFirst();
        assertThat(said.path("conversation").asString()).isEqualTo(conversation.value());
        assertThat(said.path("title").asString()).endsWith("Demo asks for your approval");
        assertThat(said.path("count").asInt()).isEqualTo(1);
        assertThat(said.toString()).doesNotContain("secret-folder");

        resolve(id);
        awaitTaken("approval r1", "close r1");
        assertThat(service.taken().getLast().path("count").asInt()).isZero();
    }

    @Test
    void withLeaveTheCommandIsInIt() {
        subscribe(EnumSet.allOf(Kind.class), true);
        approval("r1", "rm -rf secret-folder");
        awaitTaken("approval r1");
        assertThat(service.taken().getFirst().path("body").asString()).contains("rm -rf secret-folder");
    }

    @Test
    void aRestartForgetsNothingAndTellsNothingTwice() throws Exception {
        subscribe(EnumSet.allOf(Kind.class), false);
        approval("r1", "one");
        awaitTaken("approval r1");
        service.always(503);
        String second = approval("r2", "two");
        await("it was tried").until(() -> service.answered().contains(503));
        core.close();
        service.always(201);
        start();
        awaitTaken("approval r1", "approval r2");
        provider.bridge(workspace.value()).comeHome();
        resolve(second);
        awaitTaken("approval r1", "approval r2", "close r2");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503, 0})
    void aPushServiceThatFailsIsTriedAgain(int status) {
        subscribe(EnumSet.allOf(Kind.class), false);
        service.next(status, status);
        approval("r1", "one");
        awaitTaken("approval r1");
        assertThat(service.answered()).containsExactly(status, status, 201);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void anExpiredSubscriptionIsDropped(int status) {
        subscribe(EnumSet.allOf(Kind.class), false);
        service.always(status);
        approval("r1", "one");
        await("it is dropped").until(() -> !core.get(Subscriptions.class).any());
        assertThat(service.answered()).containsExactly(status);
    }

    @Test
    void whatThePushServiceRefusesIsSaidAndNotRepeated() {
        subscribe(EnumSet.allOf(Kind.class), false);
        service.next(403);
        approval("r1", "one");
        await("it is said")
                .until(() ->
                        core.get(Subscriptions.class).of(DEVICE).orElseThrow().problem() != null);
        approval("r2", "two");
        awaitTaken("approval r2");
        assertThat(service.answered()).containsExactly(403, 201);
        await("it is forgotten")
                .until(() ->
                        core.get(Subscriptions.class).of(DEVICE).orElseThrow().problem() == null);
    }

    @Test
    void whatIsAnsweredBeforeItCouldBeSentIsNeverShown() {
        subscribe(EnumSet.allOf(Kind.class), false);
        service.always(503);
        String first = approval("r1", "one");
        await("it was tried").until(() -> service.answered().contains(503));
        resolve(first);
        await("it is settled").until(() -> core.get(Ledger.class).next().isEmpty());
        service.always(201);
        approval("r2", "two");
        awaitTaken("approval r2");
    }

    @Test
    void aDeliveryThatIsTriedAgainWaitsForTheEndOfTheQuietHours() {
        subscribe(EnumSet.allOf(Kind.class), false);
        service.always(503);
        approval("r1", "one");
        await("it was tried").until(() -> service.answered().contains(503));
        LocalTime now = LocalTime.now(ZoneOffset.UTC);
        core.get(Subscriptions.class)
                .put(new Subscription(
                        DEVICE,
                        service.endpoint(),
                        service.p256dh(),
                        service.auth(),
                        EnumSet.allOf(Kind.class),
                        false,
                        QuietHours.parse(now.minusHours(1).truncatedTo(ChronoUnit.MINUTES) + "-"
                                + now.plusHours(1).truncatedTo(ChronoUnit.MINUTES) + " UTC"),
                        null));
        await("it is put off")
                .until(() -> core.get(Ledger.class)
                        .next()
                        .filter(due -> due.isAfter(Instant.now().plusSeconds(1800)))
                        .isPresent());
        assertThat(service.taken()).isEmpty();
    }

    @Test
    void onlyWhatTheDeviceWantsIsToldAndWhatWasOpenBeforeIsNot() {
        approval("r0", "before");
        subscribe(EnumSet.of(Kind.APPROVAL), false);
        inside(new EventBody.TurnStarted("t1", null));
        inside(new EventBody.Text("t1", "m1", "Done.", null));
        inside(new EventBody.TurnFinished("t1", EventBody.Outcome.DONE, null, null));
        approval("r1", "one");
        awaitTaken("approval r1");
    }

    @Test
    void aTurnThatEndsIsToldUntilSomebodyLooks() {
        subscribe(EnumSet.of(Kind.FINISHED), false);
        inside(new EventBody.TurnStarted("t1", null));
        inside(new EventBody.Text("t1", "m1", "Done.", null));
        inside(new EventBody.TurnFinished("t1", EventBody.Outcome.DONE, null, null));
        awaitTaken("finished ");
        core.get(ConversationService.class).seen(conversation, 3);
        await("it disappears").until(() -> service.taken().getLast().has("close"));
    }

    @Test
    void aDeviceThatIsLoggedOutIsToldNothing() {
        subscribe(EnumSet.allOf(Kind.class), false);
        core.publish(new AccessRevoked(DEVICE));
        assertThat(core.get(Subscriptions.class).any()).isFalse();
    }
}
