package dev.claudevm.ssh;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.ServerSession;

/**
 * One person's connection and the one to their workspace, joined at the connection protocol (RFC 4254): each message goes
 * on as it came, with the same channel numbers, so that windows, end of file, exit codes, signals and whatever clients
 * will think of are between the two ends. Nothing is kept here but the count of channels, and what is on its way.
 *
 * <p>Messages of a side come from that side's reading thread, one at a time.
 */
final class Relay {

    static final AttributeKey<Relay> RELAY = new AttributeKey<>();

    /** Questions to the bridge that wait for their answers; a client asks a handful. */
    private static final int MAX_OPEN_QUESTIONS = 200;

    /** What a workspace may open to a person: the far ends of forwards they asked for. No agent, no display. */
    private static final Set<String> FROM_WORKSPACE = Set.of("forwarded-tcpip", "forwarded-streamlocal@openssh.com");

    private static final Set<String> FROM_PERSON = Set.of("session", "direct-tcpip", "direct-streamlocal@openssh.com");

    private static final Set<String> QUESTIONS = Set.of(
            "keepalive@openssh.com",
            "no-more-sessions@openssh.com",
            "tcpip-forward",
            "cancel-tcpip-forward",
            "streamlocal-forward@openssh.com",
            "cancel-streamlocal-forward@openssh.com");

    private final String workspaceId;
    private final ServerSession person;
    private final ClientSession bridge;
    private final int maxChannels;
    private final Runnable used;
    private final Flow toBridge;
    private final Flow toPerson;
    private final Set<Long> ofPerson = ConcurrentHashMap.newKeySet();
    private final Set<Long> ofBridge = ConcurrentHashMap.newKeySet();
    private final AtomicInteger questions = new AtomicInteger();

    Relay(String workspaceId, ServerSession person, ClientSession bridge, int maxChannels, Runnable used) {
        this.workspaceId = workspaceId;
        this.person = person;
        this.bridge = bridge;
        this.maxChannels = maxChannels;
        this.used = used;
        this.toBridge = new Flow(person, bridge);
        this.toPerson = new Flow(bridge, person);
    }

    String workspaceId() {
        return workspaceId;
    }

    ServerSession person() {
        return person;
    }

    ClientSession bridge() {
        return bridge;
    }

    /** @return false when it is no message of the connection protocol that is relayed */
    boolean fromPerson(int message, Buffer buffer) throws IOException {
        switch (message) {
            case SshConstants.SSH_MSG_CHANNEL_OPEN -> {
                if (mayOpen(person, FROM_PERSON, ofPerson, buffer)) {
                    toBridge.pass(message, buffer);
                }
            }
            case SshConstants.SSH_MSG_GLOBAL_REQUEST -> ask(buffer);
            case SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE, SshConstants.SSH_MSG_CHANNEL_CLOSE -> {
                ofBridge.remove(channel(buffer));
                toBridge.pass(message, buffer);
            }
            default -> {
                if (!isOfChannel(message)) {
                    return false;
                }
                used.run();
                toBridge.pass(message, buffer);
            }
        }
        return true;
    }

    /** @return false when it is no message of the connection protocol that is relayed */
    boolean fromBridge(int message, Buffer buffer) throws IOException {
        switch (message) {
            case SshConstants.SSH_MSG_CHANNEL_OPEN -> {
                if (mayOpen(bridge, FROM_WORKSPACE, ofBridge, buffer)) {
                    toPerson.pass(message, buffer);
                }
            }
            case SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE, SshConstants.SSH_MSG_CHANNEL_CLOSE -> {
                ofPerson.remove(channel(buffer));
                toPerson.pass(message, buffer);
            }
            default -> {
                if (!isOfChannel(message)) {
                    return false;
                }
                used.run();
                toPerson.pass(message, buffer);
            }
        }
        return true;
    }

    private static boolean isOfChannel(int message) {
        return message >= SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION
                && message <= SshConstants.SSH_MSG_CHANNEL_FAILURE;
    }

    private boolean mayOpen(Session asker, Set<String> types, Set<Long> open, Buffer buffer) throws IOException {
        int start = buffer.rpos();
        String type = buffer.getString();
        long channel = buffer.getUInt();
        buffer.rpos(start);
        int reason;
        String why;
        if (!types.contains(type)) {
            reason = SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED;
            why = "Not allowed here.";
        } else if (open.size() >= maxChannels) {
            reason = SshConstants.SSH_OPEN_RESOURCE_SHORTAGE;
            why = "There are " + maxChannels + " channels already.";
        } else {
            open.add(channel);
            return true;
        }
        Buffer no = asker.createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE, why.length() + 64);
        no.putUInt(channel);
        no.putUInt(reason);
        no.putString(why);
        no.putString("");
        asker.writePacket(no);
        return false;
    }

    private static long channel(Buffer buffer) {
        int start = buffer.rpos();
        long channel = buffer.getUInt();
        buffer.rpos(start);
        return channel;
    }

    /** All questions go to the bridge, also those that it will not know: so the answers keep their order. */
    private void ask(Buffer buffer) throws IOException {
        int start = buffer.rpos();
        String name = buffer.getString();
        boolean wantsReply = buffer.getBoolean();
        Buffer question =
                bridge.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST, buffer.available() + name.length() + 64);
        if (QUESTIONS.contains(name)) {
            question.putRawBytes(buffer.array(), start, buffer.wpos() - start);
        } else {
            name = "unknown@claude-vm.dev";
            question.putString(name);
            question.putBoolean(wantsReply);
        }
        if (!wantsReply) {
            bridge.writePacket(question);
            return;
        }
        if (questions.incrementAndGet() > MAX_OPEN_QUESTIONS) {
            person.disconnect(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, "Too many requests at once.");
            return;
        }
        bridge.request(question, name, (answer, rest) -> {
            questions.decrementAndGet();
            // Our bridge answers so to what it does not know.
            int said = answer == SshConstants.SSH_MSG_UNIMPLEMENTED ? SshConstants.SSH_MSG_REQUEST_FAILURE : answer;
            try {
                if (said == SshConstants.SSH_MSG_REQUEST_SUCCESS) {
                    toPerson.pass(said, rest);
                } else {
                    person.writePacket(person.createBuffer((byte) said));
                }
            } catch (IOException gone) {
                person.close(true);
            }
        });
    }
}
