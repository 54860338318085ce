package dev.claudevm.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CuttingProxyTest {

    private ServerSocket echo;
    private CuttingProxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!echo.isClosed()) {
                try {
                    Socket socket = echo.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        } catch (IOException cut) {
                            // As the tests want it.
                        }
                    });
                } catch (IOException closed) {
                    return;
                }
            }
        });
        proxy = CuttingProxy.before("127.0.0.1", echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    @Test
    void passesBytesAndTheirEnd() throws IOException {
        try (Socket socket = connect()) {
            assertThat(echo(socket, 7)).isEqualTo(7);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(proxy.bytesUp()).isEqualTo(1);
        assertThat(proxy.bytesDown()).isEqualTo(1);
        await("forgotten").until(() -> proxy.open() == 0);
    }

    @Test
    void refuseResetsWhatIsOpenAndWhatComes() throws IOException {
        try (Socket socket = connect()) {
            assertThat(echo(socket, 1)).isEqualTo(1);
            proxy.mode(CuttingProxy.Mode.REFUSE);
            assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
        }
        assertThatThrownBy(() -> {
                    try (Socket socket = connect()) {
                        if (socket.getInputStream().read() < 0) {
                            throw new IOException("end");
                        }
                    }
                })
                .isInstanceOf(IOException.class);
        proxy.mode(CuttingProxy.Mode.PASS);
        try (Socket socket = connect()) {
            assertThat(echo(socket, 2)).isEqualTo(2);
        }
    }

    @Test
    void aBlackHoleKeepsOldConnectionsForEverAndLetsNewOnesThroughLater() throws IOException {
        try (Socket old = connect()) {
            assertThat(echo(old, 1)).isEqualTo(1);
            proxy.mode(CuttingProxy.Mode.BLACKHOLE);
            try (Socket meanwhile = connect()) {
                await("accepted in the black hole").until(() -> proxy.accepted() == 2);
                proxy.mode(CuttingProxy.Mode.PASS);
                silent(old);
                silent(meanwhile);
            }
            try (Socket later = connect()) {
                assertThat(echo(later, 3)).isEqualTo(3);
            }
        }
    }

    @Test
    void aStalledDirectionSwallows() throws IOException {
        try (Socket socket = connect()) {
            assertThat(echo(socket, 1)).isEqualTo(1);
            proxy.mode(CuttingProxy.Mode.STALL_DOWN);
            silent(socket);
            await("the server got it").until(() -> proxy.bytesUp() == 2);
        }
    }

    @Test
    void aDelayKeepsTheOrder() throws IOException {
        proxy.delay(Duration.ofMillis(60));
        try (Socket socket = connect()) {
            long before = System.nanoTime();
            socket.getOutputStream().write(new byte[] {1, 2, 3});
            assertThat(socket.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(120));
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(5_000);
        return socket;
    }

    private static int echo(Socket socket, int value) throws IOException {
        socket.getOutputStream().write(value);
        return socket.getInputStream().read();
    }

    private static void silent(Socket socket) throws IOException {
        socket.setSoTimeout(200);
        socket.getOutputStream().write(9);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
    }
}
