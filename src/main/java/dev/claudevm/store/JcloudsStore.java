package dev.claudevm.store;

import com.google.common.io.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.KeyNotFoundException;
import org.jclouds.blobstore.domain.Blob;
import org.jclouds.blobstore.domain.BlobMetadata;
import org.jclouds.blobstore.domain.MultipartPart;
import org.jclouds.blobstore.domain.MultipartUpload;
import org.jclouds.blobstore.domain.PageSet;
import org.jclouds.blobstore.domain.StorageMetadata;
import org.jclouds.blobstore.domain.StorageType;
import org.jclouds.blobstore.options.GetOptions;
import org.jclouds.blobstore.options.ListContainerOptions;
import org.jclouds.blobstore.options.PutOptions;
import org.jclouds.io.Payload;
import org.jclouds.io.payloads.FilePayload;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ObjectStore} of jclouds. The connection is made by the first call, because that takes the better part of a second.
 * What jclouds does and does not: docs/decisions/005.
 */
final class JcloudsStore implements ObjectStore, AutoCloseable {

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*");
    private static final int MAX_KEY_CHARS = 500;

    private final Supplier<BlobStoreContext> connect;
    private final String container;
    private final String prefix;
    private final String place;
    private final Failures failures;
    private final Durability durability;
    private final int page;
    private final long partBytes;
    private @Nullable BlobStoreContext context;

    /** Makes what was put outlive a power cut. */
    interface Durability {
        void keep(String key) throws IOException;
    }

    /**
     * @param prefix of every key; empty, or ends with a slash
     * @param page how many names are asked for at once
     * @param partBytes what is longer goes up in parts
     */
    JcloudsStore(
            Supplier<BlobStoreContext> connect,
            String container,
            String prefix,
            String place,
            Failures failures,
            Durability durability,
            int page,
            long partBytes) {
        this.connect = connect;
        this.container = container;
        this.prefix = prefix;
        this.place = place;
        this.failures = failures;
        this.durability = durability;
        this.page = page;
        this.partBytes = partBytes;
    }

    private synchronized BlobStore blobs() {
        if (context == null) {
            context = connect.get();
        }
        return context.getBlobStore();
    }

    @Override
    public void put(String key, InputStream content, long length) throws StoreException {
        String name = name(key);
        SourceStream source = new SourceStream(content, length);
        try {
            BlobStore blobs = blobs();
            if (length <= partBytes) {
                blobs.putBlob(
                        container,
                        blobs.blobBuilder(name)
                                .payload(source)
                                .contentLength(length)
                                .contentType("application/octet-stream")
                                .build());
            } else {
                putInParts(blobs, name, source, length);
            }
            durability.keep(name);
        } catch (IOException | RuntimeException e) {
            if (source.failure() != null) {
                throw new StoreException(
                        StoreException.Kind.SOURCE,
                        "What was to be stored could not be read: "
                                + source.failure().getMessage(),
                        "Send it again.",
                        e);
            }
            throw failures.of(e);
        }
    }

    private void putInParts(BlobStore blobs, String name, SourceStream source, long length) throws IOException {
        BlobMetadata described = blobs.blobBuilder(name)
                .payload(ByteSource.empty())
                .contentLength(length)
                .contentType("application/octet-stream")
                .build()
                .getMetadata();
        MultipartUpload upload = blobs.initiateMultipartUpload(container, described, new PutOptions());
        // jclouds signs a part with its hash, so it reads it twice: from a file, which is also what it can repeat.
        Path part = Files.createTempFile("claude-vm-part", null);
        try {
            List<MultipartPart> parts = new ArrayList<>();
            for (long done = 0; done < length; done += partBytes) {
                long bytes = Math.min(partBytes, length - done);
                Files.copy(new SourceStream(source, bytes), part, StandardCopyOption.REPLACE_EXISTING);
                Payload payload = new FilePayload(part.toFile());
                payload.getContentMetadata().setContentLength(bytes);
                parts.add(blobs.uploadMultipartPart(upload, parts.size() + 1, payload));
            }
            blobs.completeMultipartUpload(upload, parts);
        } catch (IOException | RuntimeException e) {
            try {
                blobs.abortMultipartUpload(upload);
            } catch (RuntimeException unreachable) {
                e.addSuppressed(unreachable);
            }
            throw e;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    @Override
    public Optional<Content> get(String key, @Nullable Range range) throws StoreException {
        String name = name(key);
        try {
            Blob blob;
            if (range == null) {
                blob = blobs().getBlob(container, name);
            } else {
                if (range.bytes() == 0) {
                    return head(key).map(_ -> new Content(InputStream.nullInputStream(), 0));
                }
                blob = blobs().getBlob(
                                container,
                                name,
                                GetOptions.Builder.range(range.from(), range.from() + range.bytes() - 1));
            }
            if (blob == null) {
                return Optional.empty();
            }
            Long bytes = blob.getPayload().getContentMetadata().getContentLength();
            if (bytes == null) {
                throw new IOException("it does not say how long its answer is");
            }
            return Optional.of(new Content(blob.getPayload().openStream(), bytes));
        } catch (KeyNotFoundException none) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            throw failures.of(e);
        }
    }

    @Override
    public Optional<Long> head(String key) throws StoreException {
        String name = name(key);
        try {
            BlobMetadata found = blobs().blobMetadata(container, name);
            return found == null
                    ? Optional.empty()
                    : Optional.ofNullable(found.getContentMetadata().getContentLength());
        } catch (KeyNotFoundException none) {
            return Optional.empty();
        } catch (RuntimeException e) {
            throw failures.of(e);
        }
    }

    @Override
    public List<Entry> list(String below) throws StoreException {
        return found(below).stream().filter(entry -> !Halves.is(entry.key())).toList();
    }

    @Override
    public void sweep(String below) throws StoreException {
        for (Entry entry : found(below)) {
            if (Halves.is(entry.key())) {
                delete(entry.key());
            }
        }
    }

    private List<Entry> found(String below) throws StoreException {
        if (!below.endsWith("/")) {
            throw new IllegalArgumentException(below);
        }
        name(below.substring(0, below.length() - 1));
        try {
            List<Entry> found = new ArrayList<>();
            String marker = null;
            do {
                ListContainerOptions options = new ListContainerOptions()
                        .prefix(prefix + below)
                        .recursive()
                        .maxResults(page);
                PageSet<? extends StorageMetadata> names =
                        blobs().list(container, marker == null ? options : options.afterMarker(marker));
                for (StorageMetadata each : names) {
                    String key = each.getName().substring(prefix.length());
                    if (each.getType() == StorageType.BLOB && each.getSize() != null) {
                        found.add(new Entry(key, each.getSize()));
                    }
                }
                marker = names.getNextMarker();
            } while (marker != null);
            return found;
        } catch (RuntimeException e) {
            throw failures.of(e);
        }
    }

    @Override
    public void delete(String key) throws StoreException {
        String name = name(key);
        try {
            blobs().removeBlob(container, name);
        } catch (KeyNotFoundException gone) {
            // That is what was wanted.
        } catch (RuntimeException e) {
            throw failures.of(e);
        }
    }

    @Override
    public String place() {
        return place;
    }

    private String name(String key) {
        if (key.length() > MAX_KEY_CHARS || !KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("no key: " + key);
        }
        return prefix + key;
    }

    @Override
    public synchronized void close() {
        if (context != null) {
            context.close();
            context = null;
        }
    }
}
