package dev.claudevm.store;

import com.google.inject.AbstractModule;
import dev.claudevm.config.ServerConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.filesystem.reference.FilesystemConstants;
import org.jclouds.s3.filters.Aws4SignerBase.ServiceAndRegion;
import org.jclouds.s3.reference.S3Constants;

/** Makes the store that the configuration names. */
final class Stores {

    /** Longer objects go up to S3 in parts: what is signed in one piece is limited, and a part can be repeated. */
    static final long PART_BYTES = 64L * 1024 * 1024;

    /** Of everything that the product stores. */
    private static final String FOLDER_CONTAINER = "objects";

    /** A folder is walked for each page, so there is one. */
    private static final int FOLDER_PAGE = 10_000_000;

    private static final int S3_PAGE = 1000;
    private static final String TIMEOUT_MILLIS = "30000";
    private static final String RETRIES = "2";

    private Stores() {}

    static JcloudsStore folder(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        Path objects = root.resolve(FOLDER_CONTAINER);
        return new JcloudsStore(
                () -> {
                    try {
                        Files.createDirectories(objects);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                    Properties settings = new Properties();
                    settings.setProperty(FilesystemConstants.PROPERTY_BASEDIR, root.toString());
                    return ContextBuilder.newBuilder("filesystem")
                            .overrides(settings)
                            .buildView(BlobStoreContext.class);
                },
                FOLDER_CONTAINER,
                "",
                root.toString(),
                new Failures(root.toString(), true),
                key -> sync(objects, key),
                FOLDER_PAGE,
                Long.MAX_VALUE);
    }

    /** The file, and the folders that may be new. */
    private static void sync(Path objects, String key) throws IOException {
        Path file = objects.resolve(key);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        for (Path folder = file.getParent();
                folder != null && folder.startsWith(objects);
                folder = folder.getParent()) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    static JcloudsStore s3(ServerConfig.Store config, String accessKey, String secretKey) {
        String bucket = Objects.requireNonNull(config.bucket());
        String prefix = config.prefix() == null ? "" : config.prefix() + "/";
        String place = "s3://" + bucket + (config.prefix() == null ? "" : "/" + config.prefix());
        return new JcloudsStore(
                () -> {
                    Properties settings = new Properties();
                    settings.setProperty(S3Constants.PROPERTY_SIGNER_VERSION, "4");
                    settings.setProperty(
                            S3Constants.PROPERTY_S3_VIRTUAL_HOST_BUCKETS, String.valueOf(!config.pathStyle()));
                    settings.setProperty(org.jclouds.Constants.PROPERTY_SO_TIMEOUT, TIMEOUT_MILLIS);
                    settings.setProperty(org.jclouds.Constants.PROPERTY_CONNECTION_TIMEOUT, TIMEOUT_MILLIS);
                    settings.setProperty(org.jclouds.Constants.PROPERTY_MAX_RETRIES, RETRIES);
                    // A connection that the other end has closed meanwhile cannot be told from a good one, and a stream
                    // is not repeated.
                    settings.setProperty(org.jclouds.Constants.PROPERTY_CONNECTION_CLOSE_HEADER, "true");
                    return ContextBuilder.newBuilder("s3")
                            .endpoint(Objects.requireNonNull(config.endpoint()))
                            .credentials(accessKey, secretKey)
                            .overrides(settings)
                            .modules(Set.of(new Region(config.region())))
                            .buildView(BlobStoreContext.class);
                },
                bucket,
                prefix,
                place,
                new Failures(place, false),
                key -> {},
                S3_PAGE,
                PART_BYTES);
    }

    /** jclouds guesses the region from Amazon's host names; other stores want theirs to be named. */
    private static final class Region extends AbstractModule {

        private final String region;

        Region(String region) {
            this.region = region;
        }

        @Override
        protected void configure() {
            bind(ServiceAndRegion.class).toInstance(new ServiceAndRegion() {
                @Override
                public String service() {
                    return "s3";
                }

                @Override
                public String region(String host) {
                    return region;
                }
            });
        }
    }
}
