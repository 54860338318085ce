package dev.claudevm.bridge;

import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.PtyMode;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;

/** A session of somebody who came in by SSH: knows whether a terminal was asked for, and takes harmless variables only. */
final class WorkspaceChannel extends ChannelSession {

    /** What a client may set; anything else could change what programs do behind somebody's back. */
    private static final Pattern VARIABLES = Pattern.compile(
            "LANG|LANGUAGE|LC_[A-Z]+|TZ|COLORTERM|NO_COLOR|TERM_PROGRAM|TERM_PROGRAM_VERSION|GIT_PROTOCOL");

    private static final int MAX_VALUE_CHARS = 4096;

    private volatile boolean terminal;

    /** Makes them. */
    static final class Factory extends ChannelSessionFactory {
        @Override
        public Channel createChannel(Session session) {
            return new WorkspaceChannel();
        }
    }

    /** @return whether {@code pty-req} came */
    boolean terminal() {
        return terminal;
    }

    @Override
    protected RequestHandler.Result handleEnvParsed(String name, String value) throws IOException {
        return VARIABLES.matcher(name).matches() && value.length() <= MAX_VALUE_CHARS
                ? super.handleEnvParsed(name, value)
                : RequestHandler.Result.ReplyFailure;
    }

    @Override
    protected RequestHandler.Result handlePtyReqParsed(
            String term, int columns, int rows, int width, int height, Map<PtyMode, Integer> modes) throws IOException {
        terminal = true;
        return super.handlePtyReqParsed(term, columns, rows, width, height, modes);
    }
}
