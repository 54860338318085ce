package dev.claudevm.bridge.git;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * git did not do what was wanted: an HTTP status, what is wrong in git's own words, what to do.
 *
 * <p>{@code kind} is for programs: {@code author} nobody is named as author, {@code locked} an index.lock is there,
 * {@code rejected} the remote has more, {@code diverged}, {@code overwrite} local changes are in the way, {@code conflict},
 * {@code login}, {@code network}, {@code hook}, {@code other}. {@code output} is all that git said.
 */
final class GitProblem extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final int BAD = 400;
    static final int MISSING = 404;
    static final int CONFLICT = 409;
    static final int TOO_LARGE = 413;
    static final int UNAVAILABLE = 503;

    private static final int MAX_WORDS = 600;

    private record Known(Pattern words, String kind, String todo) {}

    private static final List<Known> KNOWN = List.of(
            new Known(
                    Pattern.compile("index\\.lock"),
                    "locked",
                    "Another git works here, or one was killed. When none runs, remove .git/index.lock in the terminal."),
            new Known(
                    Pattern.compile(
                            "tell me who you are|no email was given|no name was given|empty ident|auto-detect email"),
                    "author",
                    "Say your name and mail address for this project's commits."),
            new Known(
                    Pattern.compile("\\[(remote )?rejected\\].*(hook|protected|denied|prohibited)"),
                    "refused",
                    "The remote does not want that; its words say why."),
            new Known(
                    Pattern.compile("\\[rejected\\]|non-fast-forward|fetch first|stale info"),
                    "rejected",
                    "The remote has commits that are not here. Pull, then push again."),
            new Known(
                    Pattern.compile("divergent branches|[Nn]ot possible to fast-forward|Diverging branches"),
                    "diverged",
                    "Both sides have new commits: merge the remote's, or put yours on top of them (rebase)."),
            new Known(
                    Pattern.compile("would be overwritten|cannot pull with rebase|have unstaged changes|"
                            + "contains uncommitted changes|already exists, no checkout"),
                    "overwrite",
                    "Commit or stash the changes that are in the way, then do it again."),
            new Known(
                    Pattern.compile("CONFLICT|[Uu]nmerged|unresolved conflict|needs merge|not concluded"),
                    "conflict",
                    "Resolve the conflicts, then continue; or abort."),
            new Known(
                    Pattern.compile("could not read Username|could not read Password|Authentication failed|"
                            + "Permission denied \\(|Host key verification failed|terminal prompts disabled|"
                            + "askpass|gh auth login|glab auth login|HTTP 401|\\b403\\b"),
                    "login",
                    "The workspace is not logged in there. Log in once in the terminal (an SSH key, a credential helper, "
                            + "or gh auth login), then do it again."),
            new Known(
                    Pattern.compile("Could not resolve|unable to access|Connection (refused|timed out|reset)|"
                            + "Network is unreachable|unable to connect"),
                    "network",
                    "The workspace does not reach the remote. Look at its address and at what the workspace may reach."),
            new Known(
                    Pattern.compile(
                            "does not appear to be a git repository|repository .* not found|Repository not found"),
                    "remote",
                    "Look at the remote's address: git remote -v in the terminal."),
            new Known(
                    Pattern.compile("dubious ownership"),
                    "owner",
                    "The project belongs to another user. Say in the terminal that you trust it, as git says."),
            new Known(Pattern.compile("not a git repository"), "none", "Make the project one (git init)."),
            new Known(Pattern.compile("No space left|disk quota"), "full", "Make room and do it again."));

    private final int status;
    private final String todo;
    private final String kind;
    private final String output;

    private GitProblem(int status, String error, String todo, String kind, String output) {
        super(error);
        this.status = status;
        this.todo = todo;
        this.kind = kind;
        this.output = output;
    }

    static GitProblem of(int status, String error, String todo) {
        return new GitProblem(status, error, todo, "other", "");
    }

    static GitProblem kind(String kind, String error, String todo) {
        return new GitProblem(CONFLICT, error, todo, kind, "");
    }

    /** @param what git was to do, as in "git could not …". @param output all that it said */
    static GitProblem failed(String what, String output) {
        for (Known known : KNOWN) {
            if (known.words().matcher(output).find()) {
                return new GitProblem(CONFLICT, words(what, output), known.todo(), known.kind(), output);
            }
        }
        return new GitProblem(CONFLICT, words(what, output), "Its words say why; do it again then.", "other", output);
    }

    /** A hook of the project said no, or git did without a word that is known. */
    static GitProblem hook(String what, String output) {
        GitProblem known = failed(what, output);
        return known.kind.equals("other")
                ? new GitProblem(
                        CONFLICT,
                        words(what, output),
                        "A hook of the project refused; change what it names.",
                        "hook",
                        output)
                : known;
    }

    /** What git itself marks as the reason, else its last words. */
    private static String words(String what, String output) {
        List<String> lines =
                output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
        List<String> reasons = lines.stream()
                .filter(l -> l.matches("(fatal|error|CONFLICT|ERROR|remote: error|! \\[).*"))
                .filter(l -> !l.startsWith("error: failed to push some refs"))
                .toList();
        List<String> said = !reasons.isEmpty() ? reasons : lines.subList(Math.max(0, lines.size() - 3), lines.size());
        String text = String.join("\n", said);
        if (text.isEmpty()) {
            return "git could not " + what + ".";
        }
        return text.length() > MAX_WORDS ? text.substring(0, MAX_WORDS) + " …" : text;
    }

    int status() {
        return status;
    }

    String todo() {
        return todo;
    }

    String kind() {
        return kind;
    }

    String output() {
        return output;
    }

    Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", String.valueOf(getMessage()));
        body.put("todo", todo);
        body.put("kind", kind);
        body.put("output", output);
        return body;
    }
}
