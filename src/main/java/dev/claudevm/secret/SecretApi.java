package dev.claudevm.secret;

import dev.claudevm.problem.Problem;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Secrets themselves never come out; what can be done from outside is to seal them anew. */
@RestController
class SecretApi {

    private final Secrets secrets;

    SecretApi(Secrets secrets) {
        this.secrets = secrets;
    }

    @PostMapping("/api/v1/secrets/rotate")
    Secrets.Rotation rotate() {
        try {
            return secrets.rotate();
        } catch (IllegalStateException e) {
            throw Problem.conflict(String.valueOf(e.getMessage()), "Secrets stay as they are until then.");
        }
    }
}
