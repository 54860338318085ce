package dev.claudevm.bridge;

import java.util.Locale;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.server.forward.ForwardingFilter;

/**
 * Where people may forward to: what listens on the workspace's own loopback, and nothing else. Not to the network behind
 * the workspace, whose cage decides about that; no agent and no display of the person's machine comes in.
 */
final class WorkspaceForwards implements ForwardingFilter {

    @Override
    public boolean canListen(SshdSocketAddress address, Session session) {
        return isLoopback(address.getHostName());
    }

    /** {@link SocketForward} connects, nobody else. */
    @Override
    public boolean canConnect(Type type, SshdSocketAddress address, Session session) {
        return false;
    }

    @Override
    public boolean canForwardAgent(Session session, String requestType) {
        return false;
    }

    @Override
    public boolean canForwardX11(Session session, String requestType) {
        return false;
    }

    /** By its form: nothing is looked up, so no name server has a say. */
    static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("::1")
                || name.equals("0:0:0:0:0:0:0:1")
                || name.matches("127\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    }
}
