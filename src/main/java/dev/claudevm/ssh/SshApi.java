package dev.claudevm.ssh;

import dev.claudevm.access.Caller;
import dev.claudevm.problem.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Keys and logins of whoever asks, and where the SSH server is, over REST. */
@RestController
@RequestMapping("/api/v1")
class SshApi {

    private static final int MAX_LOGINS = 500;

    private final SshKeyRing keys;
    private final SshLogins logins;
    private final SshAccess access;

    SshApi(SshKeyRing keys, SshLogins logins, SshAccess access) {
        this.keys = keys;
        this.logins = logins;
        this.access = access;
    }

    /** @param key one public key a line. @param url instead of it. @param name of a pasted key; null: its comment */
    record NewKey(
            @Nullable String key,
            @Nullable String url,
            @Nullable String name) {}

    record KeyList(List<SshKey> keys) {}

    record LoginList(List<SshLogins.SshLogin> logins) {}

    @GetMapping("/ssh")
    SshAccess.Where where() {
        return access.where();
    }

    @GetMapping("/ssh-keys")
    KeyList keys(@AuthenticationPrincipal Caller caller) {
        return new KeyList(keys.of(caller.userId()));
    }

    @PostMapping("/ssh-keys")
    @ResponseStatus(HttpStatus.CREATED)
    KeyList add(@AuthenticationPrincipal Caller caller, @RequestBody NewKey wanted) {
        if ((wanted.key() == null) == (wanted.url() == null)) {
            throw Problem.invalid(
                    "Either a key or the address of keys is needed.",
                    "Send {\"key\": \"ssh-ed25519 …\"} or {\"url\": \"https://github.com/your-name.keys\"}.");
        }
        return new KeyList(
                wanted.url() != null
                        ? keys.addFrom(caller.userId(), wanted.url())
                        : keys.add(caller.userId(), String.valueOf(wanted.key()), wanted.name()));
    }

    @DeleteMapping("/ssh-keys/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@AuthenticationPrincipal Caller caller, @PathVariable String id) {
        keys.remove(caller.userId(), id);
    }

    @GetMapping("/ssh-logins")
    LoginList logins(@AuthenticationPrincipal Caller caller, @RequestParam(defaultValue = "50") int limit) {
        return new LoginList(logins.of(caller.userId(), Math.clamp(limit, 1, MAX_LOGINS)));
    }
}
