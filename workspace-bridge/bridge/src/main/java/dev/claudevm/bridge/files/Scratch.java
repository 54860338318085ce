package dev.claudevm.bridge.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Names that we give to what is not finished, in the folder where it will be: {@code .claude-vm-<hex>.tmp}. Each is written
 * down in the bridge's folder first, so that a killed bridge leaves nothing behind: what was being written is deleted, what
 * was set aside to be deleted gets its name back.
 */
final class Scratch {

    private static final System.Logger LOG = System.getLogger(Scratch.class.getName());
    private static final Pattern OURS = Pattern.compile("\\.claude-vm-[0-9a-f]{16}\\.tmp");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path notes;

    /** @param notes the folder for what is written down */
    Scratch(Path notes) {
        this.notes = notes;
    }

    static boolean isOurs(byte[] name) {
        return name.length > 11
                && name[0] == '.'
                && name[1] == 'c'
                && OURS.matcher(ascii(name)).matches();
    }

    private static String ascii(byte[] name) {
        return new String(name, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    static String random() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A name that was written down. Closing takes the note away; what has the name is the caller's business before. */
    final class Name implements AutoCloseable {
        private final Path note;
        private final byte[] bytes;

        private Name(Path note, byte[] bytes) {
            this.note = note;
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }

        /** What was set aside is somewhere else by now: a killed bridge's successor takes it away instead of back. */
        void nowWorthless(Tree.Place place) throws IOException {
            Files.writeString(note, "write\n" + place.path() + "\n");
        }

        @Override
        public void close() {
            try {
                Files.deleteIfExists(note);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "A note stays; the next start looks at it: " + e.getMessage());
            }
        }
    }

    /** For something that will be written, and that is worth nothing unfinished. */
    Name forWriting(Tree.Place place) throws IOException {
        return note("write", place);
    }

    /** For something that has a name, and gets it back unless all goes well. */
    Name forSettingAside(Tree.Place place) throws IOException {
        return note("aside", place);
    }

    private Name note(String kind, Tree.Place place) throws IOException {
        Files.createDirectories(notes);
        String random = random();
        Path note = notes.resolve(random);
        byte[] temporary = (".claude-vm-" + random + ".tmp").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Files.writeString(note, kind + "\n" + place.path() + "\n", StandardOpenOption.CREATE_NEW);
        return new Name(note, temporary);
    }

    /** What a killed bridge has left. To be called once, before anything is written. */
    void recover(Tree tree) {
        if (!Files.isDirectory(notes)) {
            return;
        }
        try (Stream<Path> all = Files.list(notes)) {
            for (Path note : all.toList()) {
                recover(tree, note);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "Unfinished files were not looked for: " + e.getMessage());
        }
    }

    private void recover(Tree tree, Path note) {
        try {
            String text = Files.readString(note);
            int line = text.indexOf('\n');
            byte[] temporary =
                    (".claude-vm-" + note.getFileName() + ".tmp").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            if (line > 0 && text.endsWith("\n") && text.length() > line + 1) {
                String path = text.substring(line + 1, text.length() - 1);
                try (Tree.Place place = tree.place(Tree.parse(path), false)) {
                    if (text.startsWith("aside")) {
                        Kernel.rename(
                                place.folder().fd(), temporary, place.folder().fd(), place.name(), Kernel.NO_REPLACE);
                    } else {
                        Removal.remove(place.folder(), temporary);
                    }
                }
            }
            Files.deleteIfExists(note);
        } catch (java.nio.file.NoSuchFileException | FileProblem e) {
            deleteQuietly(note);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "Something unfinished stays: " + e);
        }
    }

    private static void deleteQuietly(Path note) {
        try {
            Files.deleteIfExists(note);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "A note stays", e);
        }
    }
}
