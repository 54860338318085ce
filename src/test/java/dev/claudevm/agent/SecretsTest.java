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

    @Test
    void rotationSealsEverythingWithANewKeyAndForgetsTheOldOne() throws Exception {
        given.secrets.put("a", "one");
        given.secrets.put("b", "two");
        String before = Files.readString(given.home.secretKeyFile());
        String sealed = sealed("a");
        given.jdbc.sql("update secret set sealed = 'v1:AAAA' where name = 'b'").update();

        var done = given.secrets.rotate();

        assertThat(done.sealed()).isEqualTo(1);
        assertThat(done.unreadable()).containsExactly("b");
        assertThat(given.secrets.get("a")).contains("one");
        String after = Files.readString(given.home.secretKeyFile());
        assertThat(after.strip()).isNotEqualTo(before.strip()).hasLineCount(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(given.home.secretKeyFile())))
                .isEqualTo("rw-------");

        // The old key opens nothing any more, and what was sealed with it is not there any more.
        Files.writeString(given.home.secretKeyFile(), before);
        assertThatThrownBy(() -> given.secrets.get("a")).isInstanceOf(Secrets.Unreadable.class);
        assertThat(sealed("a")).isNotEqualTo(sealed);
    }

    /** Killed between the new key and the last secret: both keys are in the file. */
    @Test
    void aRotationThatWasCutOffCanBeDoneAgain() throws Exception {
        given.secrets.put("a", "one");
        String old = Files.readString(given.home.secretKeyFile());
        Files.writeString(given.home.secretKeyFile(), key(7) + "\n" + old);
        given.secrets.put("b", "two");
        assertThat(given.secrets.get("a")).contains("one");
        assertThat(given.secrets.get("b")).contains("two");
        assertThat(given.secrets.rotate().sealed()).isEqualTo(2);
        assertThat(given.secrets.get("a")).contains("one");
        assertThat(Files.readString(given.home.secretKeyFile())).hasLineCount(1);
    }

    @Test
    void aKeyOfTheEnvironmentSealsAndTheOneOfTheFileIsForgottenByRotation() throws Exception {
        given.secrets.put("a", "one");
        Secrets moved = secrets(key(1));
        assertThat(moved.get("a")).contains("one");
        assertThat(moved.rotate().key()).isEqualTo("CLAUDE_VM_SECRET_KEY");
        assertThat(moved.get("a")).contains("one");
        assertThat(given.home.secretKeyFile()).doesNotExist();

        Secrets both = secrets(key(2) + " " + key(1));
        both.put("b", "two");
        assertThat(both.rotate().sealed()).isEqualTo(2);
        assertThat(secrets(key(2)).get("a")).contains("one");
        assertThatThrownBy(() -> secrets(key(1)).get("a")).isInstanceOf(Secrets.Unreadable.class);
        assertThatThrownBy(() -> secrets("short"))
                .isInstanceOf(dev.claudevm.config.ConfigException.class)
                .hasMessageContaining("CLAUDE_VM_SECRET_KEY")
                .hasMessageNotContaining("short");
    }

    private Secrets secrets(String variable) {
        return new Secrets(
                given.jdbc,
                given.home,
                new dev.claudevm.config.ProcessEnvironment(Map.of("CLAUDE_VM_SECRET_KEY", variable)),
                given.clock);
    }

    private static String key(int fill) {
        byte[] bytes = new byte[32];
        java.util.Arrays.fill(bytes, (byte) fill);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private String sealed(String name) {
        return given.jdbc
                .sql("select sealed from secret where name = :name")
                .param("name", name)
                .query(String.class)
                .single();
    }
}
