package dev.claudevm.config;

import dev.claudevm.config.ServerConfig.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code store:} of {@code config.yaml}. */
final class StoreSection {

    private static final Pattern ENDPOINT = Pattern.compile("https?://[^/?#\\s@]+/?");
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*");
    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private StoreSection() {}

    static Store read(Path file, @Nullable YamlSection section) {
        if (section == null) {
            return Store.DEFAULTS;
        }
        String kind = section.textOf("kind", List.of("filesystem", "s3"));
        if (!"s3".equals(kind)) {
            section.allow("kind", "path");
            String path = section.text("path");
            Path folder = file.toAbsolutePath().getParent();
            return new Store(
                    "filesystem",
                    path == null ? null : folder == null ? Path.of(path) : folder.resolve(path),
                    null,
                    Store.DEFAULT_REGION,
                    null,
                    null,
                    true,
                    null,
                    null);
        }
        section.allow("kind", "endpoint", "region", "bucket", "prefix", "pathStyle", "accessKey", "secretKey");
        String region = matching(section, "region", REGION, "must be like eu-central-1");
        String endpoint =
                matching(section, "endpoint", ENDPOINT, "must be like https://s3.example.org, without a path");
        Boolean pathStyle = section.truth("pathStyle");
        String bucket =
                matching(section, "bucket", BUCKET, "must be a bucket's name: 3 to 63 of a-z, 0-9, dot and hyphen");
        if (bucket == null || endpoint == null) {
            String missing = bucket == null ? "bucket" : "endpoint";
            throw section.problem("kind", "\"store.kind\" is s3, so \"store." + missing + "\" is needed too");
        }
        return new Store(
                "s3",
                null,
                endpoint,
                region == null ? Store.DEFAULT_REGION : region,
                bucket,
                matching(section, "prefix", PREFIX, "must be words of letters and digits with slashes between them"),
                pathStyle == null || pathStyle,
                section.text("accessKey"),
                section.text("secretKey"));
    }

    private static @Nullable String matching(YamlSection section, String key, Pattern pattern, String must) {
        String text = section.text(key);
        if (text != null && !pattern.matcher(text).matches()) {
            throw section.problem(key, "\"store." + key + "\" " + must);
        }
        return text;
    }
}
