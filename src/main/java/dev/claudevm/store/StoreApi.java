package dev.claudevm.store;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Whether the object store works, over REST. */
@RestController
@RequestMapping("/api/v1/store")
class StoreApi {

    private final StoreCheck check;

    StoreApi(StoreCheck check) {
        this.check = check;
    }

    /** @return the newest result */
    @GetMapping
    StoreCheck.Result get() {
        return check.last();
    }

    @PostMapping("/check")
    StoreCheck.Result check() {
        return check.check();
    }
}
