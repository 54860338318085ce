package dev.claudevm.bridge.git;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that talks to a remote, and so takes its time. It goes on when nobody looks.
 *
 * @param id made by the client; the same again is answered with the same job
 * @param what {@code fetch}, {@code pull}, {@code push} or {@code pull-request}
 * @param state {@code running}, {@code done} or {@code failed}
 * @param progress what git said last; null: nothing yet
 * @param error what is wrong, when it failed
 * @param kind as in {@link GitProblem}, when it failed
 * @param output all that was said
 * @param url a page that was named: of the pull request, or where to ask for one
 */
record Job(
        String id,
        String what,
        String state,
        Instant startedAt,
        @Nullable String progress,
        @Nullable String error,
        @Nullable String todo,
        @Nullable String kind,
        String output,
        @Nullable String url) {

    static Job begun(String id, String what, Instant at) {
        return new Job(id, what, "running", at, null, null, null, null, "", null);
    }

    boolean running() {
        return state.equals("running");
    }

    Job heard(String words) {
        return new Job(id, what, state, startedAt, words, error, todo, kind, output, url);
    }

    Job done(String said, @Nullable String page) {
        return new Job(id, what, "done", startedAt, progress, null, null, null, said, page);
    }

    Job failed(GitProblem problem) {
        return new Job(
                id,
                what,
                "failed",
                startedAt,
                progress,
                String.valueOf(problem.getMessage()),
                problem.todo(),
                problem.kind(),
                problem.output(),
                null);
    }
}
