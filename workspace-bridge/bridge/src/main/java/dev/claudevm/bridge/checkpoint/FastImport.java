package dev.claudevm.bridge.checkpoint;

import dev.claudevm.bridge.tree.TreePath;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One new checkpoint on its way into the store. Until {@link #done} nothing of it is kept: a stream that ends early, for
 * whatever reason, leaves the store as it was.
 */
final class FastImport implements AutoCloseable {

    private static final int COPY_BYTES = 1 << 16;

    private final Git.Running git;
    private final OutputStream out;
    private final byte[] buffer = new byte[COPY_BYTES];

    /** @param parent the checkpoint before; null: this is the first. @param anew nothing of the parent's files is kept */
    FastImport(Git store, @Nullable String parent, boolean anew, Instant at) throws IOException {
        git = store.start("fast-import", "--quiet", "--done", "--force");
        out = new BufferedOutputStream(git.process().getOutputStream(), COPY_BYTES);
        say("commit " + Git.NEWEST + "\nmark :1\ncommitter claude-vm <> " + at.getEpochSecond() + " +0000\ndata 0\n");
        if (parent != null) {
            say("from " + parent + "\n");
            if (anew) {
                say("deleteall\n");
            }
        }
    }

    void delete(TreePath path) throws IOException {
        say("D ");
        quoted(path.stored());
    }

    void file(TreePath path, boolean executable, byte[] content, int length) throws IOException {
        put(executable ? "100755" : "100644", path.stored(), content, length);
    }

    void link(TreePath path, byte[] target) throws IOException {
        put("120000", path.stored(), target, target.length);
    }

    void manifest(byte[] content) throws IOException {
        put("100644", new byte[] {'m'}, content, content.length);
    }

    /**
     * Takes {@code size} bytes, whatever the file does meanwhile.
     *
     * @return false: there were fewer, and the rest was filled up with zeros
     */
    boolean large(TreePath path, boolean executable, InputStream content, long size) throws IOException {
        say("M " + (executable ? "100755" : "100644") + " inline ");
        quoted(path.stored());
        say("data " + size + "\n");
        long left = size;
        boolean whole = true;
        while (left > 0) {
            int wanted = (int) Math.min(left, buffer.length);
            int got = whole ? content.read(buffer, 0, wanted) : -1;
            if (got < 0) {
                whole = false;
                Arrays.fill(buffer, 0, wanted, (byte) 0);
                got = wanted;
            }
            write(buffer, got);
            left -= got;
        }
        say("\n");
        return whole;
    }

    private void put(String mode, byte[] path, byte[] content, int length) throws IOException {
        say("M " + mode + " inline ");
        quoted(path);
        say("data " + length + "\n");
        write(content, length);
        say("\n");
    }

    private void quoted(byte[] path) throws IOException {
        byte[] line = new byte[path.length * 2 + 3];
        int n = 0;
        line[n++] = '"';
        for (byte b : path) {
            if (b == '"' || b == '\\' || b == '\n') {
                line[n++] = '\\';
            }
            line[n++] = b == '\n' ? (byte) 'n' : b;
        }
        line[n++] = '"';
        line[n++] = '\n';
        write(line, n);
    }

    private void say(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        write(bytes, bytes.length);
    }

    private void write(byte[] bytes, int length) throws IOException {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            throw git.failure(e);
        }
    }

    /** @param tree of everything in the checkpoint: the same when nothing differs */
    record Done(String id, String tree) {}

    /**
     * @param before the tree of the checkpoint before; null: there is none
     * @return the checkpoint, which is in the store now; null: it would be the same as the one before, and is not kept
     */
    @Nullable
    Done done(@Nullable String before) throws IOException {
        say("\nls :1 \"\"\n");
        try (BufferedReader in = git.process().inputReader(StandardCharsets.US_ASCII)) {
            flush();
            String line = in.readLine(); // 040000 tree <id>\t
            if (line == null) {
                throw git.failure(null);
            }
            String tree = line.strip().substring(line.strip().lastIndexOf(' ') + 1);
            if (tree.equals(before)) {
                return null;
            }
            say("get-mark :1\ndone\n");
            flush();
            String id = in.readLine();
            out.close();
            git.finish();
            if (id == null) {
                throw git.failure(null);
            }
            return new Done(id.strip(), tree);
        }
    }

    private void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            throw git.failure(e);
        }
    }

    @Override
    public void close() throws IOException {
        git.close();
    }
}
