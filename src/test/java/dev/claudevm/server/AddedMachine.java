package dev.claudevm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.protocol.Json;
import dev.claudevm.testkit.SshMachine;
import java.nio.file.Files;
import tools.jackson.databind.node.ObjectNode;

/** A machine as a person adds it, by the name of {@link #NAME}. */
final class AddedMachine {

    static final String NAME = "build";

    private AddedMachine() {}

    /** Its host key is shown, and counts when it is confirmed. Bridges there start quickly. */
    static void add(ServerProcess server, SshMachine machine, int port) throws Exception {
        server.trainBridges();
        ObjectNode options = Json.MAPPER
                .createObjectNode()
                .put("host", "127.0.0.1")
                .put("port", Integer.toString(port))
                .put("user", machine.user())
                .put("key", Files.readString(machine.key()));
        ObjectNode wish = Json.MAPPER.createObjectNode().put("name", NAME).put("kind", "ssh");
        wish.set("options", options);
        ServerProcess.Answer asked = server.call("POST", "providers", wish.toString());
        assertThat(asked.json().path("confirm").path("option").asString("")).isEqualTo("hostKey");
        assertThat(asked.json().path("confirm").path("value").asString("")).isEqualTo(machine.fingerprint());
        options.put("hostKey", machine.fingerprint());
        ServerProcess.Answer added = server.call("POST", "providers", wish.toString());
        assertThat(added.status()).as(added.toString()).isEqualTo(201);
        assertThat(added.json().path("available").asBoolean()).isTrue();
    }
}
