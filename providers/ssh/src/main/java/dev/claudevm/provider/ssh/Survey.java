package dev.claudevm.provider.ssh;

import dev.claudevm.provider.ProviderException;
import dev.claudevm.provider.ssh.SshOptions.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a machine is like, as {@code survey.sh} says. */
record Survey(List<String> lines) {

    /** @throws ProviderException it did not run our commands */
    static Survey of(Host host, String said) throws ProviderException {
        List<String> lines = List.of(said.split("\n"));
        if (!lines.contains("end .")) {
            String words = said.strip();
            throw new ProviderException(
                    host.name() + " does not run commands for " + host.user() + ". It says: "
                            + (words.isEmpty()
                                    ? "nothing"
                                    : words.lines()
                                            .limit(3)
                                            .reduce("", (a, b) -> a + b + " ")
                                            .strip())
                            + ".",
                    "Give a user with an ordinary shell, whose key in authorized_keys has no forced command.");
        }
        return new Survey(lines);
    }

    private List<String> values(String name) {
        List<String> values = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(name + " ")) {
                values.add(line.substring(name.length() + 1).strip());
            }
        }
        return values;
    }

    private Optional<String> value(String name) {
        return values(name).stream().findFirst();
    }

    /** @return the folder, absolute */
    String folder() {
        return value("folder").orElse("");
    }

    boolean root() {
        return value("uid").orElse("").equals("0");
    }

    /** @return {@code works}, why there is no sandbox, or nothing while that is not known */
    Optional<String> sandbox() {
        return value("sandbox");
    }

    /**
     * Looks whether workspaces can live there.
     *
     * @param bytes how much room is needed
     * @throws ProviderException what is missing and what to do
     */
    void require(Host host, long bytes) throws ProviderException {
        String name = host.name();
        String system = value("system").orElse("unknown");
        if (!system.equals("Linux")) {
            throw new ProviderException(
                    name + " runs " + system + "; workspaces need Linux.", "Use a machine with Linux.");
        }
        String processor = value("processor").orElse("unknown");
        if (!processor.equals(ours())) {
            throw new ProviderException(
                    name + " has a processor of the kind " + processor
                            + ", the machine of claude-vm's server one of the kind " + ours()
                            + "; programs are copied from one to the other.",
                    "Use a machine with " + ours() + ", or run claude-vm's server on one with " + processor + ".");
        }
        if (!values("libc").contains("glibc")) {
            throw new ProviderException(
                    values("libc").contains("musl")
                            ? "On " + name
                                    + " no agent can work: its C library is musl (as Alpine's), and agents' programs"
                                    + " need glibc."
                            : "On " + name + " no agent can work: it has no C library (glibc).",
                    "Use a machine with glibc, for example with Debian, Ubuntu or Fedora.");
        }
        List<String> lacks = values("lacks");
        if (!lacks.isEmpty()) {
            throw new ProviderException(
                    name + " lacks what workspaces need: " + String.join(", ", lacks) + ".",
                    "Install it there; on Debian and Ubuntu it is in bash, coreutils, grep, tar, gzip and util-linux.");
        }
        Optional<String> unwritable = value("unwritable");
        if (unwritable.isPresent()) {
            throw new ProviderException(
                    host.user() + " may not write into " + unwritable.get() + " on " + name + ".",
                    "Give the user the right, or another place by the option folder.");
        }
        long free = value("free")
                        .filter(text -> text.matches("\\d{1,15}"))
                        .map(Long::parseLong)
                        .orElse(0L)
                * 1024;
        if (free < bytes) {
            throw new ProviderException(
                    String.format(
                            Locale.ROOT,
                            "There is too little room for %s on %s: %,d MB are free, %,d MB are needed.",
                            folder(),
                            name,
                            free / 1_000_000,
                            bytes / 1_000_000),
                    "Make room there, or give another place by the option folder.");
        }
        if (value("kills").isPresent()) {
            throw new ProviderException(
                    name + " ends what a user has started when they log out (KillUserProcesses=yes).",
                    "Add \"KillExcludeUsers=root " + host.user() + "\" to /etc/systemd/logind.conf there and restart"
                            + " systemd-logind.");
        }
    }

    private static String ours() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case String other -> other;
        };
    }
}
