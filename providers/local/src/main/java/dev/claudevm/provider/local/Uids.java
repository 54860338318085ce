package dev.claudevm.provider.local;

import dev.claudevm.provider.local.LocalOptions.UidRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;

/**
 * Gives each workspace a user id of its own. Counts on, so that an id comes back as late as possible; begins anywhere, because
 * other installations on this machine count in the same range, and a workspace's stop ends every process of its user.
 */
final class Uids {

    private final Path counter;
    private final UidRange range;
    /** File locks are per process; this is for threads. */
    private final ReentrantLock threads = new ReentrantLock();

    Uids(Path counter, UidRange range) {
        this.counter = counter;
        this.range = range;
    }

    /** @throws IOException none is free, or the counter cannot be kept */
    int next(IntPredicate used) throws IOException {
        threads.lock();
        try (var channel = FileChannel.open(
                        counter, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            var text = ByteBuffer.allocate(16);
            channel.read(text, 0);
            String last = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
            // New, damaged or from another range: begin anywhere; used ones are skipped anyway.
            int begin = last.matches("\\d{1,9}")
                    ? Integer.parseInt(last) % range.count()
                    : ThreadLocalRandom.current().nextInt(range.count());
            for (int n = 0; n < range.count(); n++) {
                int offset = (begin + n) % range.count();
                if (!used.test(range.first() + offset)) {
                    channel.truncate(0);
                    channel.write(ByteBuffer.wrap(Integer.toString(offset + 1).getBytes(StandardCharsets.US_ASCII)), 0);
                    channel.force(true);
                    return range.first() + offset;
                }
            }
            throw new IOException("all " + range.count() + " user ids for workspaces are taken");
        } finally {
            threads.unlock();
        }
    }
}
