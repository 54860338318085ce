package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import dev.claudevm.bridge.tree.TreePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the last commit, the index and the project's folder.
 *
 * @param branch null: HEAD is detached
 * @param head the commit that is checked out; null: there is none yet
 * @param upstream the branch of a remote that this one follows; null: none
 * @param ahead commits that the upstream does not have; null: nobody knows
 * @param operation what was begun and not ended: {@code merge}, {@code rebase}, {@code cherry-pick}, {@code revert}, {@code
 *     bisect}; null: nothing
 * @param more there are more than these
 */
record Status(
        @Nullable String branch,
        @Nullable String head,
        @Nullable String upstream,
        @Nullable Integer ahead,
        @Nullable Integer behind,
        @Nullable String operation,
        int stashes,
        List<Entry> staged,
        List<Entry> unstaged,
        List<Entry> conflicts,
        boolean more) {

    /** Most entries that are given out. */
    static final int MAX_ENTRIES = 3000;

    private static final int MAX_BYTES = 8 * 1024 * 1024;

    /**
     * One file.
     *
     * @param from its name before; null: the same
     * @param status {@code A}, {@code M}, {@code D}, {@code R}, {@code C}, {@code T}, {@code ?} not in git, {@code U} conflict
     * @param conflict which sides have it, as git's short status says ({@code UU}, {@code DU} …); null: no conflict
     * @param repository it is a submodule, or a repository of its own
     */
    record Entry(
            String path,
            @Nullable String from,
            String status,
            @Nullable String conflict,
            boolean repository) {}

    static Status read(Repository repository) throws IOException {
        Path folder = repository.gitFolder();
        Result result = repository.ask(
                GitProgram.arguments(
                        "status", "--porcelain=v2", "-z", "--branch", "--show-stash", "--untracked-files=all"),
                MAX_BYTES);
        if (result.exit() != 0) {
            throw GitProblem.failed("look at the project", result.words());
        }
        return new Reading(result.out(), result.cut()).status(operation(folder));
    }

    private static @Nullable String operation(Path folder) {
        if (Files.exists(folder.resolve("rebase-merge")) || Files.exists(folder.resolve("rebase-apply"))) {
            return "rebase";
        }
        return Files.exists(folder.resolve("MERGE_HEAD"))
                ? "merge"
                : Files.exists(folder.resolve("CHERRY_PICK_HEAD"))
                        ? "cherry-pick"
                        : Files.exists(folder.resolve("REVERT_HEAD"))
                                ? "revert"
                                : Files.exists(folder.resolve("BISECT_LOG")) ? "bisect" : null;
    }

    /** @param bytes what git printed, each record ended by NUL. @return the records that are whole */
    static List<byte[]> records(byte[] bytes) {
        List<byte[]> records = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                records.add(Arrays.copyOfRange(bytes, from, i));
                from = i + 1;
            }
        }
        return records;
    }

    /** Goes through the output of {@code --porcelain=v2 -z}; see git-status(1). */
    private static final class Reading {

        private final List<byte[]> records;
        private @Nullable String branch;
        private @Nullable String head;
        private @Nullable String upstream;
        private @Nullable Integer ahead;
        private @Nullable Integer behind;
        private int stashes;
        private final List<Entry> staged = new ArrayList<>();
        private final List<Entry> unstaged = new ArrayList<>();
        private final List<Entry> conflicts = new ArrayList<>();
        private boolean more;

        Reading(byte[] bytes, boolean cut) {
            records = records(bytes);
            more = cut;
        }

        Status status(@Nullable String operation) {
            for (int i = 0; i < records.size(); i++) {
                byte[] record = records.get(i);
                if (staged.size() + unstaged.size() + conflicts.size() >= MAX_ENTRIES) {
                    more = true;
                    break;
                }
                switch (record.length == 0 ? ' ' : record[0]) {
                    case '#' -> header(new String(record, StandardCharsets.UTF_8).split(" "));
                    case '1' -> changed(record, 8, null);
                    case '2' -> {
                        i++;
                        changed(record, 9, i < records.size() ? text(records.get(i)) : null);
                    }
                    case 'u' -> conflict(record);
                    case '?' -> unknown(rest(record, 1));
                    default -> {}
                }
            }
            return new Status(
                    branch,
                    head,
                    upstream,
                    ahead,
                    behind,
                    operation,
                    stashes,
                    List.copyOf(staged),
                    List.copyOf(unstaged),
                    List.copyOf(conflicts),
                    more);
        }

        private void header(String[] words) {
            if (words.length < 3) {
                return;
            }
            switch (words[1]) {
                case "branch.oid" -> head = words[2].startsWith("(") ? null : words[2];
                case "branch.head" -> branch = words[2].equals("(detached)") ? null : words[2];
                case "branch.upstream" -> upstream = words[2];
                case "branch.ab" -> {
                    ahead = Math.abs(Integer.parseInt(words[2]));
                    behind = Math.abs(Integer.parseInt(words[3]));
                }
                case "stash" -> stashes = Integer.parseInt(words[2]);
                default -> {}
            }
        }

        private void changed(byte[] record, int fields, @Nullable String from) {
            String path = text(rest(record, fields));
            char index = (char) record[2];
            char folder = (char) record[3];
            boolean repository = record[5] == 'S';
            if (index != '.') {
                boolean moved = index == 'R' || index == 'C';
                staged.add(new Entry(path, moved ? from : null, String.valueOf(index), null, repository));
            }
            if (folder != '.') {
                boolean moved = folder == 'R' || folder == 'C';
                unstaged.add(new Entry(path, moved ? from : null, String.valueOf(folder), null, repository));
            }
        }

        private void conflict(byte[] record) {
            String sides = new String(record, 2, 2, StandardCharsets.US_ASCII);
            conflicts.add(new Entry(text(rest(record, 10)), null, "U", sides, record[5] == 'S'));
        }

        private void unknown(byte[] path) {
            boolean repository = path.length > 0 && path[path.length - 1] == '/';
            unstaged.add(new Entry(
                    text(repository ? Arrays.copyOf(path, path.length - 1) : path), null, "?", null, repository));
        }

        /** @return what follows after so many spaces */
        private static byte[] rest(byte[] record, int spaces) {
            int left = spaces;
            int at = 0;
            while (at < record.length && left > 0) {
                if (record[at] == ' ') {
                    left--;
                }
                at++;
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(record, at, record.length - at);
            return out.toByteArray();
        }

        private static String text(byte[] path) {
            return TreePath.of(path).toString();
        }
    }
}
