package dev.claudevm.ssh;

import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.AbstractServerSession;
import org.apache.sshd.server.session.ServerConnectionService;

/** The connection protocol with a person: all of it is the relay's. */
final class PersonSide extends ServerConnectionService {

    PersonSide(AbstractServerSession session) throws org.apache.sshd.common.SshException {
        super(session);
    }

    @Override
    public void process(int message, Buffer buffer) throws Exception {
        Relay relay = getSession().getAttribute(Relay.RELAY);
        if (relay == null || !relay.fromPerson(message, buffer)) {
            super.process(message, buffer); // answers to our own keep-alives
        }
    }
}
