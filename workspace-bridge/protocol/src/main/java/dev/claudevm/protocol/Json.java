package dev.claudevm.protocol;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/** The one JSON mapper of the wire: unknown fields are ignored, enums are lower case, one line a value. */
public final class Json {

    /** Longest string in a message or an agent's line. Images in base64 are the longest that is legitimate. */
    private static final int MAX_STRING_CHARS = 64 * 1024 * 1024;

    /** Safe for use by many threads. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(MAX_STRING_CHARS)
                            .build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enumNamingStrategy(EnumNamingStrategies.LOWER_CASE)
            .enable(EnumFeature.READ_ENUMS_USING_TO_STRING)
            .build();

    private Json() {}
}
