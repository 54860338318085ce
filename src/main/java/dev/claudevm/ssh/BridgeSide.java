package dev.claudevm.ssh;

import org.apache.sshd.client.session.AbstractClientSession;
import org.apache.sshd.client.session.ClientConnectionService;
import org.apache.sshd.common.util.buffer.Buffer;

/** The connection protocol with a workspace: channels are the relay's; answers to questions find their askers. */
final class BridgeSide extends ClientConnectionService {

    BridgeSide(AbstractClientSession session) throws org.apache.sshd.common.SshException {
        super(session);
    }

    @Override
    public void process(int message, Buffer buffer) throws Exception {
        Relay relay = getSession().getAttribute(Relay.RELAY);
        if (relay == null || !relay.fromBridge(message, buffer)) {
            super.process(message, buffer);
        }
    }
}
