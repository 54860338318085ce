package dev.claudevm.provider.material;

import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** What git is besides its program: the programs for other transports, scripts, templates, certificates. */
final class GitParts {

    /** The rest serves others or needs Perl, Python or a display. */
    private static final List<String> PROGRAMS =
            List.of("git-remote-http", "git-remote-https", "git-sh-i18n--envsubst");

    /** Run by name from another git. */
    private static final List<String> BUILT_IN = List.of("git-upload-pack", "git-receive-pack", "git-upload-archive");

    private static final List<Path> CERTIFICATES =
            List.of(Path.of("/etc/ssl/certs/ca-certificates.crt"), Path.of("/etc/pki/tls/certs/ca-bundle.crt"));

    private static final String SETTING = """
            export GIT_EXEC_PATH="$k/git-core" GIT_TEMPLATE_DIR="$k/share/git-templates"
            [ -r /etc/ssl/certs/ca-certificates.crt ] || [ -r /etc/pki/tls/certs/ca-bundle.crt ] || [ -n "${GIT_SSL_CAINFO:-}" ] ||
              export GIT_SSL_CAINFO="$k/share/ca-certificates.crt"
            """;

    private GitParts() {}

    static void copy(Path kit, Path git, CopiedPrograms programs) throws IOException, ProviderException {
        var asked = ExternalProgram.run(List.of(git.toString(), "--exec-path"));
        Path core = Path.of(asked.output().strip());
        programs.add("git", git, "bin", SETTING);
        programs.add("git", git, "git-core", SETTING);
        for (String name : PROGRAMS) {
            if (Files.exists(core.resolve(name))) {
                programs.add(name, core.resolve(name), "git-core", "");
            }
        }
        for (String name : BUILT_IN) {
            programs.script(
                    kit.resolve("git-core").resolve(name),
                    "git-core",
                    "exec \"$k/bin/git\" " + name.substring("git-".length()) + " \"$@\"\n");
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(core)) {
            for (Path file : all) {
                Path copy = kit.resolve("git-core").resolve(file.getFileName());
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && isShell(file) && !Files.exists(copy)) {
                    Files.copy(file, copy);
                }
            }
        }
        Path templates = kit.resolve("share/git-templates");
        Files.createDirectories(templates.resolve("info"));
        for (Path bundle : CERTIFICATES) {
            if (Files.isReadable(bundle)) {
                Files.copy(bundle.toRealPath(), kit.resolve("share/ca-certificates.crt"));
                break;
            }
        }
    }

    private static boolean isShell(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            String begin = new String(in.readNBytes(9), java.nio.charset.StandardCharsets.ISO_8859_1);
            return begin.equals("#!/bin/sh")
                    || file.getFileName().toString().endsWith("-sh-setup")
                    || file.getFileName().toString().equals("git-sh-i18n");
        }
    }
}
