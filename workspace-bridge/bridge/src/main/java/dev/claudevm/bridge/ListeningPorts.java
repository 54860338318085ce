package dev.claudevm.bridge;

import dev.claudevm.protocol.Bridge.ListeningPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which TCP ports something in this workspace listens on, by Linux' {@code /proc} (proc_net(5), proc_pid_fd(5)). Workspaces
 * may share the machine's network; so a port counts only when a process of this workspace holds it: one with this
 * workspace's {@code HOME}. The bridge itself does not count.
 */
final class ListeningPorts {

    private static final String LISTENING = "0A";
    private static final int MAX_COMMAND_CHARS = 300;
    private static final int MAX_ENVIRONMENT_BYTES = 2 * 1024 * 1024;

    /** Anything and the loopback, in IPv4 and IPv6. Each word is in the machine's byte order, here little-endian. */
    private static final Set<String> REACHABLE = Set.of(
            "00000000",
            "0100007F",
            "00000000000000000000000000000000",
            "00000000000000000000000001000000",
            "0000000000000000FFFF00000100007F");

    private final Path proc;
    private final byte[] home;
    private final long self;

    ListeningPorts(BridgeConfig config) {
        this(Path.of("/proc"), config.agentHome(), ProcessHandle.current().pid());
    }

    /** @param self the process that does not count */
    ListeningPorts(Path proc, Path home, long self) {
        this.proc = proc;
        this.home = ("HOME=" + home).getBytes(StandardCharsets.UTF_8);
        this.self = self;
    }

    /** @return by port; what cannot be read (a process that ends, somebody else's) is left out */
    List<ListeningPort> list() {
        Map<Long, Integer> sockets = new HashMap<>();
        sockets(proc.resolve("net/tcp"), sockets);
        sockets(proc.resolve("net/tcp6"), sockets);
        Map<Integer, ListeningPort> found = new TreeMap<>();
        if (!sockets.isEmpty()) {
            for (Path process : processes()) {
                for (int port : held(process, sockets)) {
                    found.computeIfAbsent(port, _ -> described(port, process));
                }
            }
        }
        return List.copyOf(found.values());
    }

    /** @param into port by the socket's inode */
    private static void sockets(Path table, Map<Long, Integer> into) {
        try (Stream<String> lines = Files.lines(table)) {
            lines.skip(1).map(line -> line.strip().split("\\s+")).forEach(fields -> {
                if (fields.length > 9 && fields[3].equals(LISTENING)) {
                    String[] local = fields[1].split(":");
                    if (REACHABLE.contains(local[0])) {
                        into.put(Long.parseLong(fields[9]), Integer.parseInt(local[1], 16));
                    }
                }
            });
        } catch (IOException | UncheckedIOException e) {
            // A kernel without IPv6 has no such table.
        }
    }

    private List<Path> processes() {
        List<Path> ours = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(proc, p -> p.getFileName().toString().matches("\\d+"))) {
            for (Path process : all) {
                if (Long.parseLong(process.getFileName().toString()) != self && isOurs(process)) {
                    ours.add(process);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ours;
    }

    private boolean isOurs(Path process) {
        byte[] environment = read(process.resolve("environ"), MAX_ENVIRONMENT_BYTES);
        int from = 0;
        for (int i = 0; i <= environment.length; i++) {
            if (i == environment.length || environment[i] == 0) {
                if (Arrays.equals(environment, from, i, home, 0, home.length)) {
                    return true;
                }
                from = i + 1;
            }
        }
        return false;
    }

    private static Collection<Integer> held(Path process, Map<Long, Integer> sockets) {
        List<Integer> ports = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                Integer port = port(descriptor, sockets);
                if (port != null) {
                    ports.add(port);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It has ended, or is not ours to look into.
        }
        return ports;
    }

    private static @Nullable Integer port(Path descriptor, Map<Long, Integer> sockets) throws IOException {
        String target;
        try {
            target = Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException closed) {
            return null;
        }
        return target.matches("socket:\\[\\d+]")
                ? sockets.get(Long.parseLong(target.substring("socket:[".length(), target.length() - 1)))
                : null;
    }

    private static ListeningPort described(int port, Path process) {
        String program = text(read(process.resolve("comm"), 100)).strip();
        String command = text(read(process.resolve("cmdline"), MAX_COMMAND_CHARS))
                .replace('\0', ' ')
                .strip();
        return new ListeningPort(port, program, command);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] read(Path file, int limit) {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(limit);
        } catch (IOException e) {
            return new byte[0];
        }
    }
}
