package dev.claudevm.provider.material;

import dev.claudevm.provider.Progress;
import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a workspace needs that has a system of its own: a Java runtime for the bridge, and the programs that the bridge calls. They are this
 * machine's, copied together with their libraries and the loader of the C library that they were made for, so they need nothing of the place where
 * they run but its kernel, a {@code /bin/sh} and the same processor.
 *
 * <pre>
 * bin/     scripts that start the programs; put it last on the PATH, so that the system's own win
 * exec/    the programs
 * lib/     their libraries
 * ld.so    the loader
 * java/    the runtime, linked out of the JDK that the server runs on
 * git-core/, share/
 * </pre>
 *
 * A kit lies in a folder named after what it was made of, whole or not at all, and is never changed.
 */
public final class LinuxKit {

    /** Of the layout: another one makes new kits. */
    private static final String VERSION = "4";

    private static final List<String> NEEDED = List.of("bash", "setsid", "tmux", "git", "restic");
    private static final List<String> USEFUL = List.of("rg", "ps", "pgrep", "pkill", "bwrap");

    /**
     * All of Java SE, because libraries look for parts of it that one never thinks of (the SSH library for java.rmi), and
     * what helps to see why something does not work.
     */
    private static final String MODULES = "java.se,jdk.jcmd,jdk.jfr,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs";

    /** Held by the process that makes one; never removed, so that all mean the same file. */
    private static final String LOCK = ".making";

    private static final String HALF = ".linux-";

    /** In this process; the file's lock is for others. */
    private static final ReentrantLock MAKING = new ReentrantLock();

    private final Path kits;

    /** @param kits where kits are kept; made when it is missing */
    public LinuxKit(Path kits) {
        this.kits = kits;
    }

    /**
     * @param javaHome a JDK of this machine
     * @return the kit's folder; the first time it is made, which takes some seconds
     */
    public Path ready(Path javaHome, Progress progress) throws ProviderException {
        try {
            List<Path> programs = programs();
            Path kit = kits.resolve(name(javaHome, programs));
            if (Files.isDirectory(kit)) {
                return kit;
            }
            MAKING.lockInterruptibly();
            try {
                makeOnce(kit, javaHome, programs, progress);
                return kit;
            } finally {
                MAKING.unlock();
            }
        } catch (IOException e) {
            throw new ProviderException(
                    "The kit of programs for workspaces cannot be made: " + e.getMessage() + ".",
                    "Make room and rights for " + kits + ", and try again.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException("Interrupted while the kit of programs was made.", "Try again.", e);
        }
    }

    /**
     * @param javaHome as for {@link #ready}
     * @return the name of the folder that {@link #ready} would return; none when programs for it are missing here
     */
    public static Optional<String> name(Path javaHome) throws IOException {
        try {
            return Optional.of(name(javaHome, programs()));
        } catch (ProviderException e) {
            return Optional.empty();
        }
    }

    private static List<Path> programs() throws ProviderException {
        List<Path> programs = new ArrayList<>();
        for (String name : NEEDED) {
            programs.add(ExternalProgram.find(name)
                    .orElseThrow(() -> new ProviderException(
                            "The program " + name
                                    + " is missing on this machine; workspaces with an image get a copy of it.",
                            "Install " + name + " on the machine of claude-vm's server.")));
        }
        USEFUL.forEach(name -> ExternalProgram.find(name).ifPresent(programs::add));
        return programs;
    }

    private static String name(Path javaHome, List<Path> programs) throws IOException {
        var madeOf = new StringBuilder(VERSION).append('\n');
        Path release = javaHome.resolve("release");
        madeOf.append(Files.exists(release) ? Files.readString(release) : javaHome.toString());
        for (Path program : programs) {
            Path real = program.toRealPath();
            madeOf.append(real).append(' ').append(Files.size(real)).append(' ');
            madeOf.append(Files.getLastModifiedTime(real).toMillis()).append('\n');
        }
        try {
            return "linux-"
                    + HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-256")
                                            .digest(madeOf.toString().getBytes(StandardCharsets.UTF_8)),
                                    0,
                                    8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another process that makes one is waited for. */
    private void makeOnce(Path kit, Path javaHome, List<Path> programs, Progress progress)
            throws IOException, ProviderException {
        Files.createDirectories(kits);
        try (FileChannel file =
                        FileChannel.open(kits.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (!Files.isDirectory(kit)) {
                sweep();
                make(kit, javaHome, programs, progress);
            }
        }
    }

    /** What a process left that died while it made one. */
    private void sweep() throws IOException {
        try (DirectoryStream<Path> halves = Files.newDirectoryStream(kits, HALF + "*")) {
            for (Path half : halves) {
                Trees.delete(half);
            }
        }
    }

    private void make(Path kit, Path javaHome, List<Path> programs, Progress progress)
            throws IOException, ProviderException {
        String step = "Kit of programs, once";
        Path half = Files.createTempDirectory(kits, HALF);
        try {
            progress.step(step, false, "programs");
            var copied = new CopiedPrograms(half);
            for (Path program : programs) {
                switch (program.getFileName().toString()) {
                    case "git" -> GitParts.copy(half, program, copied);
                    case "tmux" -> copied.add("tmux", program, "bin", Terminals.SETTING + Locales.SETTING);
                    case String name -> copied.add(name, program, "bin", "");
                }
            }
            Terminals.copy(half.resolve("share/terminfo"));
            Locales.copy(half.resolve("share/locale"));
            progress.step(step, false, "Java");
            linkJava(javaHome, half.resolve("java"));
            try (var files = Files.walk(half.resolve("java/lib"))) {
                for (Path library : files.filter(LinuxKit::isNeeded).toList()) {
                    copied.addLibrariesOf(library);
                }
            }
            copied.wrapInPlace(half.resolve("java/bin/java"));
            copied.wrapInPlace(half.resolve("java/lib/jspawnhelper"));
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
            progress.step(step, false, "check");
            check(half);
            Files.move(half, kit, StandardCopyOption.ATOMIC_MOVE);
            progress.step(step, true, null);
        } finally {
            Trees.delete(half);
        }
    }

    /** Not those for windows and sound, which need a desktop. */
    private static boolean isNeeded(Path library) {
        String name = library.getFileName().toString();
        return name.endsWith(".so") && !name.matches("lib(awt|jawt|splash|font|jsound|freetype|javajpeg|lcms|mlib).*");
    }

    private static void linkJava(Path javaHome, Path into) throws IOException, ProviderException {
        Path jlink = javaHome.resolve("bin/jlink");
        if (!Files.isExecutable(jlink)) {
            throw new ProviderException(
                    "The Java at " + javaHome + " has no jlink, so no runtime for workspaces can be made of it.",
                    "Start claude-vm's server with a whole JDK.");
        }
        var linked = ExternalProgram.run(List.of(
                jlink.toString(),
                "--add-modules",
                MODULES,
                "--no-man-pages",
                "--no-header-files",
                "--output",
                into.toString()));
        if (!linked.ok()) {
            throw new ProviderException(
                    "No runtime for workspaces could be made of the Java at " + javaHome + ". jlink says: "
                            + linked.lastLines(),
                    "Start claude-vm's server with an unchanged JDK, for example Temurin.");
        }
        archiveClasses(into);
    }

    /** For the flags that bridges run with: a JVM takes the JDK's own classes from no other archive. Without one it starts, too. */
    private static void archiveClasses(Path java) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(java.resolve("bin/java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xmx192m", "-Xshare:dump"));
        var dumped = ExternalProgram.run(command);
        if (!dumped.ok()) {
            System.getLogger(LinuxKit.class.getName())
                    .log(System.Logger.Level.INFO, "No archive of the JDK's classes: " + dumped.lastLines());
        }
    }

    /** What does not work here works nowhere. */
    private static void check(Path kit) throws IOException, ProviderException {
        for (List<String> words : List.of(
                List.of("bin/bash", "-c", "true"),
                List.of("bin/tmux", "-V"),
                List.of("bin/git", "--version"),
                List.of("bin/restic", "version"),
                List.of("java/bin/java", "-version"))) {
            List<String> command = new ArrayList<>(words);
            command.set(0, kit.resolve(words.getFirst()).toString());
            var tried = ExternalProgram.run(command);
            if (!tried.ok()) {
                throw new ProviderException(
                        "The copy of " + words.getFirst() + " for workspaces does not run: " + tried.lastLines(),
                        "Install the Debian packages bash, tmux, git and restic on the server's machine.");
            }
        }
    }
}
