package dev.claudevm.live;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The API's description, written by hand; a test holds it against what there is. */
@RestController
class OpenApi {

    @GetMapping(path = "/api/v1/openapi", produces = MediaType.APPLICATION_JSON_VALUE)
    Resource openapi() {
        return new ClassPathResource("openapi.json");
    }
}
