package dev.claudevm.access;

import dev.claudevm.access.ApiTokens.ApiToken;
import dev.claudevm.access.Devices.Device;
import dev.claudevm.config.ServerAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** Devices, tokens and login links over REST, for Settings and the command line. */
@RestController
@RequestMapping("/api/v1")
class AccessApi {

    private final Devices devices;
    private final ApiTokens tokens;
    private final LoginLinks links;
    private final ServerAddress address;
    private final Clock clock;

    AccessApi(Devices devices, ApiTokens tokens, LoginLinks links, ServerAddress address, Clock clock) {
        this.devices = devices;
        this.tokens = tokens;
        this.links = links;
        this.address = address;
        this.clock = clock;
    }

    record DeviceList(List<DeviceItem> devices) {}

    /** @param current the browser that asks */
    record DeviceItem(String id, String userAgent, Instant createdAt, Instant lastSeenAt, boolean current) {}

    record TokenList(List<ApiToken> tokens) {}

    record NewToken(@Nullable String name) {}

    record Link(String url, Instant expiresAt) {}

    @GetMapping("/devices")
    DeviceList devices(@AuthenticationPrincipal Caller caller) {
        return new DeviceList(
                devices.list().stream().map(device -> item(device, caller)).toList());
    }

    @DeleteMapping("/devices/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revokeDevice(@PathVariable String id) {
        if (!devices.revoke(id)) {
            throw problem(HttpStatus.NOT_FOUND, "There is no device \"" + id + "\".", "Look at the list of devices.");
        }
    }

    @GetMapping("/tokens")
    TokenList tokens() {
        return new TokenList(tokens.list());
    }

    @PostMapping("/tokens")
    @ResponseStatus(HttpStatus.CREATED)
    ApiTokens.Created createToken(@RequestBody NewToken wanted) {
        try {
            return tokens.create(wanted.name() == null ? "" : wanted.name());
        } catch (IllegalArgumentException e) {
            throw problem(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    String.valueOf(e.getMessage()),
                    "Send {\"name\": \"what it is for\"}.");
        }
    }

    @DeleteMapping("/tokens/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revokeToken(@PathVariable String id) {
        if (!tokens.revoke(id)) {
            throw problem(HttpStatus.NOT_FOUND, "There is no token \"" + id + "\".", "Look at the list of tokens.");
        }
    }

    @PostMapping("/login-links")
    @ResponseStatus(HttpStatus.CREATED)
    Link createLink() {
        String base = address.url()
                .orElseGet(() ->
                        ServletUriComponentsBuilder.fromCurrentContextPath().toUriString());
        return new Link(
                base + "/login/link?token=" + links.create(), clock.instant().plus(LoginLinks.LIFETIME));
    }

    private static DeviceItem item(Device device, Caller caller) {
        return new DeviceItem(
                device.id(),
                device.userAgent(),
                device.createdAt(),
                device.lastSeenAt(),
                device.id().equals(caller.credentialId()));
    }

    private static ErrorResponseException problem(HttpStatus status, String detail, String todo) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setProperty("todo", todo);
        return new ErrorResponseException(status, problem, null);
    }
}
