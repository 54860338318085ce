package dev.claudevm.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.OptionalInt;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * A program with a terminal in a workspace. One thread reads and one writes; any may close. What is not read stays in the
 * workspace: at most 128 kB are under way.
 */
public final class WorkspaceTerminal implements Closeable {

    private static final Duration EXIT_PATIENCE = Duration.ofSeconds(2);

    private final ClientSession session;
    private final ChannelExec channel;
    private final InputStream out;
    private final OutputStream in;

    WorkspaceTerminal(ClientSession session, ChannelExec channel) {
        this.session = session;
        this.channel = channel;
        this.out = channel.getInvertedOut();
        this.in = channel.getInvertedIn();
    }

    /** @return how many bytes were read; -1 when the program ended or the connection is lost */
    public int read(byte[] bytes, int length) throws IOException {
        return out.read(bytes, 0, length);
    }

    /** Types. Blocks while the program does not read what was typed before. */
    public void write(byte[] bytes) throws IOException {
        in.write(bytes);
        in.flush();
    }

    /**
     * Calls {@code then} when everything that was written before has arrived in the workspace; never when the connection
     * is lost before that is known. An SSH server answers requests in order, behind the data that came before them.
     */
    public void whenArrived(Runnable then) throws IOException {
        String name = "keepalive@openssh.com";
        Buffer request = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST, name.length() + 8);
        request.putString(name);
        request.putBoolean(true);
        // Any answer will do, also that it knows no such request.
        session.request(request, name, (_, _) -> then.run());
    }

    public void resize(int columns, int rows) throws IOException {
        channel.sendWindowChange(columns, rows);
    }

    /** @return the program's exit code; empty when it was cut off from us */
    public OptionalInt exitCode() {
        Integer code = WorkspaceSsh.exitCode(channel, EXIT_PATIENCE);
        return code == null ? OptionalInt.empty() : OptionalInt.of(code);
    }

    /** Takes the terminal away; programs that hang on it get SIGHUP. */
    @Override
    public void close() {
        channel.close(true);
    }
}
