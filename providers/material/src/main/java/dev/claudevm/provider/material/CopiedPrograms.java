package dev.claudevm.provider.material;

import dev.claudevm.provider.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;

/** Programs of this machine in a kit: the file, its libraries, and a script that starts it by the kit's own loader. */
final class CopiedPrograms {

    private static final Pattern LIBRARY = Pattern.compile("\\s*\\S+ => (/.*) \\(0x[0-9a-f]+\\)");
    private static final Pattern LOADER = Pattern.compile("\\s*(/\\S*/ld-linux\\S*) \\(0x[0-9a-f]+\\)");

    private final Path kit;

    CopiedPrograms(Path kit) throws IOException {
        this.kit = kit;
        for (String folder : List.of("bin", "exec", "lib", "share")) {
            Files.createDirectories(kit.resolve(folder));
        }
    }

    /**
     * Copies a program.
     *
     * @param folder of the kit, where the script that starts it goes
     * @param setting lines of shell before the program; {@code $k} is the kit
     */
    void add(String name, Path program, String folder, String setting) throws IOException, ProviderException {
        Path copy = kit.resolve("exec").resolve(name);
        Files.copy(program.toRealPath(), copy, StandardCopyOption.REPLACE_EXISTING);
        executable(copy);
        addLibraries(name, program);
        Files.createDirectories(kit.resolve(folder));
        script(kit.resolve(folder).resolve(name), folder, setting + start("exec/" + name, name));
    }

    /** Puts a script in a program's place, beside which the program goes on to lie, with its libraries found as before. */
    void wrapInPlace(Path program) throws IOException, ProviderException {
        if (!Files.exists(program)) {
            return;
        }
        Path moved = program.resolveSibling(program.getFileName() + ".elf");
        Files.move(program, moved);
        addLibraries(program.getFileName().toString(), moved);
        Path folder = kit.relativize(program.getParent());
        script(
                program,
                folder.toString(),
                Locales.SETTING
                        + start(
                                kit.relativize(moved).toString(),
                                program.getFileName().toString()));
    }

    /** @return a line of shell that becomes the program */
    private static String start(String program, String name) {
        return "exec \"$k/ld.so\" --inhibit-cache --library-path \"$k/lib\" --argv0 " + name + " \"$k/" + program
                + "\" \"$@\"\n";
    }

    /** @param folder in which the script lies, seen from the kit */
    void script(Path file, String folder, String lines) throws IOException {
        Files.writeString(file, "#!/bin/sh\nk=${0%/" + folder + "/*}\n" + lines);
        executable(file);
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Copies what a library in the kit needs of this machine, as far as it is here. */
    void addLibrariesOf(Path library) throws IOException {
        for (String line :
                ExternalProgram.run(List.of("ldd", library.toString())).output().split("\n")) {
            var needed = LIBRARY.matcher(line);
            if (needed.matches()) {
                library(Path.of(needed.group(1)));
            }
        }
    }

    private void addLibraries(String name, Path program) throws IOException, ProviderException {
        var listed = ExternalProgram.run(List.of("ldd", program.toRealPath().toString()));
        boolean loader = Files.exists(kit.resolve("ld.so"));
        for (String line : listed.output().split("\n")) {
            var library = LIBRARY.matcher(line);
            var own = LOADER.matcher(line);
            if (line.contains(" => not found")) {
                throw new ProviderException(
                        "The program " + name + " of this machine lacks its library "
                                + line.strip().replace(" => not found", "") + ".",
                        "Install it again.");
            } else if (library.matches()) {
                library(Path.of(library.group(1)));
            } else if (!loader && own.matches()) {
                Files.copy(Path.of(own.group(1)).toRealPath(), kit.resolve("ld.so"));
                executable(kit.resolve("ld.so"));
                loader = true;
            }
        }
        if (!listed.ok() || !loader) {
            throw new ProviderException(
                    "The program " + name
                            + " of this machine cannot be taken along: it is none that is linked with glibc.",
                    "Run claude-vm's server on a machine whose system has glibc, for example Debian, Ubuntu or Fedora.");
        }
    }

    private void library(Path library) throws IOException {
        // Java's own, which lie beside it.
        if (library.startsWith(kit)) {
            return;
        }
        Path copy = kit.resolve("lib").resolve(library.getFileName());
        if (!Files.exists(copy)) {
            Files.copy(library.toRealPath(), copy);
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
