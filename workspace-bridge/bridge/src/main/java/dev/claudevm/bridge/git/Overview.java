package dev.claudevm.bridge.git;

import dev.claudevm.bridge.git.GitProgram.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that the screen of a repository shows first.
 *
 * @param repository false: the project has no git, and everything else is empty
 * @param author null: git does not know whose commits these will be
 * @param remote the one that pull and push go to; null: there is none
 * @param base the branch that the remote starts from; null: nobody knows
 * @param compare where to ask for a pull request; null: nobody knows
 * @param program the forge's program, when it is installed
 * @param job what was fetched, pulled or pushed last, or is just now
 */
record Overview(
        boolean repository,
        @Nullable Status status,
        @Nullable Author author,
        List<Remote> remotes,
        @Nullable String remote,
        @Nullable String base,
        @Nullable String compare,
        @Nullable String program,
        @Nullable Job job) {

    /** Whose commits these are. */
    record Author(String name, String email) {}

    static Overview none(@Nullable Job job) {
        return new Overview(false, null, null, List.of(), null, null, null, null, job);
    }

    static Overview read(Repository repository, @Nullable Job job) throws IOException {
        Status status = Status.read(repository);
        Map<String, String> config = config(repository);
        List<Remote> remotes = new ArrayList<>();
        config.forEach((key, value) -> {
            if (key.startsWith("remote.") && key.endsWith(".url")) {
                remotes.add(Remote.of(key.substring("remote.".length(), key.length() - ".url".length()), value));
            }
        });
        String name = config.get("user.name");
        String email = config.get("user.email");
        Author author = name == null || email == null ? null : new Author(name, email);
        Remote remote = chosen(config, status.branch(), remotes);
        String base = remote == null ? null : base(repository, remote.name());
        String program = remote == null ? null : remote.program();
        return new Overview(
                true,
                status,
                author,
                remotes,
                remote == null ? null : remote.name(),
                base,
                remote == null ? null : remote.compare(status.branch(), base),
                program != null && repository.program().find(program).isPresent() ? program : null,
                job);
    }

    /** Values that a command line or the environment would give are not asked for: there are none. */
    private static Map<String, String> config(Repository repository) throws IOException {
        Result result = repository.ask(
                "config",
                "-z",
                "--get-regexp",
                "^(user\\.(name|email)|remote\\..*\\.url|branch\\..*\\.(remote|pushremote))$");
        Map<String, String> config = new TreeMap<>();
        for (byte[] record : Status.records(result.out())) {
            String text = new String(record, StandardCharsets.UTF_8);
            int end = text.indexOf('\n');
            if (end > 0 && !text.substring(end + 1).isBlank()) {
                String key = text.substring(0, end);
                // Of several addresses of one remote the first is the one that is fetched from; of others the last
                // counts.
                if (!key.endsWith(".url") || !config.containsKey(key)) {
                    config.put(key, text.substring(end + 1));
                }
            }
        }
        return config;
    }

    private static @Nullable Remote chosen(Map<String, String> config, @Nullable String branch, List<Remote> remotes) {
        String wanted = branch == null ? null : config.get("branch." + branch + ".remote");
        for (String name : new String[] {wanted, "origin"}) {
            for (Remote remote : remotes) {
                if (remote.name().equals(name)) {
                    return remote;
                }
            }
        }
        return remotes.size() == 1 ? remotes.getFirst() : null;
    }

    private static @Nullable String base(Repository repository, String remote) throws IOException {
        if (remote.startsWith("-")) {
            return null;
        }
        String prefix = "refs/remotes/" + remote + "/";
        String head = repository.line("symbolic-ref", "--quiet", prefix + "HEAD");
        return head != null && head.startsWith(prefix) ? head.substring(prefix.length()) : null;
    }
}
