package dev.claudevm.ssh;

import dev.claudevm.gateway.BridgeClient;
import dev.claudevm.gateway.BridgeDialer;
import dev.claudevm.gateway.Gateway;
import java.io.IOException;
import java.util.List;
import org.apache.sshd.client.session.AbstractClientSession;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientUserAuthServiceFactory;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;

/** The client of workspaces' SSH servers: the only place to which a person's connection leads. */
final class BridgeDoor {

    /** Java is quick at these; at what it would choose itself it is not. */
    static final List<NamedFactory<Cipher>> CIPHERS = List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm);

    private final Gateway gateway;
    private final BridgeDialer dialer;

    BridgeDoor(Gateway gateway) {
        this.gateway = gateway;
        dialer = gateway.dialer();
        dialer.client()
                .setServiceFactories(
                        List.of(ClientUserAuthServiceFactory.INSTANCE, new ClientConnectionServiceFactory() {
                            @Override
                            public Service create(Session session) throws IOException {
                                return new BridgeSide((AbstractClientSession) session);
                            }
                        }));
        dialer.client().setCipherFactories(CIPHERS);
    }

    void start() {
        dialer.client().start();
    }

    void stop() {
        dialer.client().stop();
    }

    /** @return the connected bridge, if there is one */
    @Nullable
    BridgeClient find(String workspaceId) {
        return gateway.bridge(workspaceId).orElse(null);
    }

    /**
     * @param used is told of each message that is about a channel
     * @return a relay that is ready for the person's first channel
     */
    Relay connect(ServerSession person, BridgeClient bridge, int maxChannels, Runnable used) throws IOException {
        ClientSession session = dialer.connect(
                bridge,
                made -> made.setAttribute(
                        Relay.RELAY, new Relay(bridge.workspaceId(), person, made, maxChannels, used)));
        return session.getAttribute(Relay.RELAY);
    }
}
