package dev.claudevm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudevm.secret.Secrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {

    @TempDir
    Path folder;

    private AgentFixture given;

    @BeforeEach
    void start() throws Exception {
        given = new AgentFixture(folder, Map.of(), "");
    }

    @Test
    void aSecretComesBackAndTheDatabaseDoesNotHoldIt() throws Exception {
        given.secrets.put("a", "sk-ant-secret");
        given.secrets.put("a", "sk-ant-other");
        assertThat(given.secrets.get("a")).contains("sk-ant-other");
        assertThat(given.jdbc
                        .sql("select sealed from secret")
                        .query(String.class)
                        .single())
                .startsWith("v1:")
                .doesNotContain("sk-ant");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(given.home.secretKeyFile())))
                .isEqualTo("rw-------");
        assertThat(given.secrets.remove("a")).isTrue();
        assertThat(given.secrets.get("a")).isEmpty();
    }

    @Test
    void anotherKeyATornKeyAndNoKeyAreSaid() throws Exception {
        given.secrets.put("a", "secret");
        Files.writeString(given.home.secretKeyFile(), Base64.getEncoder().encodeToString(new byte[32]));
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
        Files.writeString(given.home.secretKeyFile(), "AAAA");
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
        Files.delete(given.home.secretKeyFile());
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
    }

    @Test
    void whatWasChangedOrMovedToAnotherNameIsNotBelieved() throws Exception {
        given.secrets.put("a", "secret");
        given.jdbc.sql("update secret set name = 'b'").update();
        assertThatThrownBy(() -> given.secrets.get("b")).isInstanceOf(Secrets.Unreadable.class);
        given.jdbc.sql("update secret set name = 'a'").update();
        assertThat(given.secrets.get("a")).contains("secret");
        String sealed =
                given.jdbc.sql("select sealed from secret").query(String.class).single();
        byte[] bytes = Base64.getDecoder().decode(sealed.substring(3));
        bytes[bytes.length - 1] ^= 1;
        given.jdbc
                .sql("update secret set sealed = :sealed")
                .param("sealed", "v1:" + Base64.getEncoder().encodeToString(bytes))
                .update();
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
        given.jdbc.sql("update secret set sealed = 'v1:x'").update();
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
    }
}
