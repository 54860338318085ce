package dev.claudevm.cli.chat;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Looks why nothing comes of what was said: no journal tells of an agent that is being installed or has no key. */
final class Waits implements AutoCloseable {

    private static final long LOOK_EVERY_MS = 1_500;

    /** Called by the looking thread. */
    interface Listener {

        /** @return something was said of which nothing was heard */
        boolean waits();

        /**
         * Said when it changes.
         *
         * @param todo what a person can do; empty: nothing
         * @param passing it goes by itself
         */
        void waitsFor(String what, String todo, boolean passing);
    }

    private final ApiClient api;
    private final String conversation;
    private final Listener listener;
    private final CountDownLatch closed = new CountDownLatch(1);
    private String said = "";

    Waits(ApiClient api, String conversationId, Listener listener) {
        this.api = api;
        this.conversation = conversationId;
        this.listener = listener;
    }

    void start() {
        Thread.ofVirtual().name("waits").start(() -> {
            try {
                while (!closed.await(LOOK_EVERY_MS, TimeUnit.MILLISECONDS)) {
                    if (listener.waits()) {
                        look();
                    } else {
                        said = "";
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void look() {
        try {
            JsonNode now = api.get("conversations/" + conversation);
            JsonNode need = now.path("agentNeeds");
            JsonNode workspace = now.path("workspace");
            if (need.isObject()) {
                say(
                        need.path("what").asString(""),
                        need.path("todo").asString(""),
                        need.path("passing").asBoolean());
            } else if (workspace.path("state").asString("").equals("failed")) {
                say(
                        "The workspace failed: " + workspace.path("reason").asString(""),
                        workspace.path("todo").asString(""),
                        false);
            } else if (!workspace.path("online").asBoolean(true)) {
                say("waiting for the workspace", "", true);
            }
        } catch (ApiClient.Unreachable | CliException e) {
            // The stream tells of lost connections.
        }
    }

    private void say(String what, String todo, boolean passing) {
        if (!said.equals(what + todo) && listener.waits()) {
            said = what + todo;
            listener.waitsFor(what, todo, passing);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
