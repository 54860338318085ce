package dev.claudevm.ssh;

import java.io.IOException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * One direction of a relay. What was read and is not written yet is bounded, whatever windows the ends promise each
 * other: when the receiver is slow, nothing more is read from the sender.
 */
final class Flow {

    /** As much as a round trip on a quick line holds; a connection costs at most twice as much. */
    private static final int MOST_BYTES = 1024 * 1024;

    private static final int FEW_BYTES = MOST_BYTES / 2;

    private final Session from;
    private final Session to;
    private int onTheWay;
    private boolean held;

    Flow(Session from, Session to) {
        this.from = from;
        this.to = to;
    }

    /** @param buffer the message after its number; it may be used again when this returns */
    void pass(int message, Buffer buffer) throws IOException {
        int length = buffer.available();
        Buffer copy = to.createBuffer((byte) message, length);
        copy.putRawBytes(buffer.array(), buffer.rpos(), length);
        began(length);
        to.writePacket(copy).addListener(written -> {
            ended(length);
            if (!written.isWritten()) {
                from.close(true);
            }
        });
    }

    private synchronized void began(int bytes) {
        onTheWay += bytes;
        if (onTheWay > MOST_BYTES && !held) {
            held = true;
            from.getIoSession().suspendRead();
        }
    }

    private synchronized void ended(int bytes) {
        onTheWay -= bytes;
        if (held && onTheWay <= FEW_BYTES) {
            held = false;
            from.getIoSession().resumeRead();
        }
    }
}
