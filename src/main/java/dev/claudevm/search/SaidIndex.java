package dev.claudevm.search;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.QueryTimeoutImpl;
import org.apache.lucene.index.ReaderManager;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LRUQueryCache;
import org.apache.lucene.search.QueryCache;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSelector;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * The index in its folder: a document for each thing that was said, and one for each conversation with its names and how far its journal
 * is indexed. Both become durable in the same step, so that after a crash nothing is missing and nothing is there twice. The texts
 * themselves are not in it. One thread writes; any number of others search meanwhile.
 */
final class SaidIndex implements Closeable {

    /** Counted up with what changes what a document or a word is: an index of another version is made anew. */
    static final String VERSION = "1";

    private static final String VERSION_KEY = "version";
    private static final double BUFFER_MEGABYTES = 8;
    private static final int CACHED_FILTERS = 16;
    private static final long CACHED_BYTES = 4L * 1024 * 1024;
    private static final Duration SEARCH_LIMIT = Duration.ofSeconds(3);
    private static final Sort ORDER = new Sort(
            SortField.FIELD_SCORE,
            LongField.newSortField(Fields.AT, true, SortedNumericSelector.Type.MAX),
            new SortField(Fields.TIE, SortField.Type.LONG));

    private final Directory directory;
    private final IndexWriter writer;
    private final ReaderManager readers;
    private final Map<String, Mark> marks;
    private final AtomicLong purged = new AtomicLong();

    /** Where somebody may look is asked with each search, and is nearly always the same. */
    private final QueryCache filters = new LRUQueryCache(CACHED_FILTERS, CACHED_BYTES);

    private SaidIndex(Directory directory, IndexWriter writer, ReaderManager readers, Map<String, Mark> marks) {
        this.directory = directory;
        this.writer = writer;
        this.readers = readers;
        this.marks = marks;
    }

    /** How far a conversation is indexed. @param names of its names, a hash */
    record Mark(long seq, int names) {}

    /** @param seq 0: its names. @param cursor where it is in the order */
    record Hit(String conversation, long seq, Cursor cursor) {}

    /** @param whole false: it took too long, and more may be there */
    record Hits(List<Hit> hits, boolean whole) {}

    /**
     * @param folder is made when it is missing; what is in it is thrown away when it is of another version
     * @throws IOException when it is broken, or cannot be read or written
     */
    static SaidIndex open(Path folder) throws IOException {
        Files.createDirectories(folder);
        Directory directory = new NIOFSDirectory(folder);
        IndexWriter writer = null;
        try {
            boolean ours = DirectoryReader.indexExists(directory)
                    && VERSION.equals(SegmentInfos.readLatestCommit(directory)
                            .getUserData()
                            .get(VERSION_KEY));
            writer = new IndexWriter(directory, config(ours));
            if (!ours) {
                writer.setLiveCommitData(Map.of(VERSION_KEY, VERSION).entrySet());
                writer.commit();
            }
            ReaderManager readers = new ReaderManager(writer);
            return new SaidIndex(directory, writer, readers, read(readers));
        } catch (IOException | RuntimeException e) {
            IOUtils.closeWhileHandlingException(writer, directory);
            throw e;
        }
    }

    private static IndexWriterConfig config(boolean goOn) {
        TieredMergePolicy merges = new TieredMergePolicy();
        // What was purged shall be gone, not only be left out.
        merges.setForceMergeDeletesPctAllowed(0);
        return new IndexWriterConfig()
                .setOpenMode(goOn ? IndexWriterConfig.OpenMode.APPEND : IndexWriterConfig.OpenMode.CREATE)
                .setRAMBufferSizeMB(BUFFER_MEGABYTES)
                .setMergePolicy(merges)
                // Merges are the writing thread's own work: nobody else's processor.
                .setMergeScheduler(new SerialMergeScheduler())
                .setCommitOnClose(false);
    }

    private static Map<String, Mark> read(ReaderManager readers) throws IOException {
        Map<String, Mark> marks = new HashMap<>();
        DirectoryReader reader = readers.acquire();
        try {
            for (LeafReaderContext leaf : reader.leaves()) {
                StoredFields stored = leaf.reader().storedFields();
                Bits live = leaf.reader().getLiveDocs();
                PostingsEnum titles =
                        leaf.reader().postings(new Term(Fields.KIND, Saying.Kind.TITLE.word()), PostingsEnum.NONE);
                while (titles != null && titles.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) {
                    if (live == null || live.get(titles.docID())) {
                        Document document = stored.document(titles.docID());
                        marks.put(document.get(Fields.CONVERSATION), new Mark(number(document, Fields.MARK), (int)
                                number(document, Fields.NAMES)));
                    }
                }
            }
        } finally {
            readers.release(reader);
        }
        return marks;
    }

    private static long number(Document document, String field) throws IOException {
        var value = document.getField(field);
        if (value == null || value.numericValue() == null) {
            throw new IOException("the index has a document without " + field);
        }
        return value.numericValue().longValue();
    }

    /** @return whether all that is written there is as it was written */
    static boolean sound(Path folder) {
        try (Directory directory = new NIOFSDirectory(folder);
                CheckIndex check = new CheckIndex(directory)) {
            check.setLevel(CheckIndex.Level.MIN_LEVEL_FOR_CHECKSUM_CHECKS);
            return check.checkIndex().clean;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    // --- the writing thread's ----------------------------------------------------------------------------------------

    @Nullable
    Mark mark(String conversation) {
        return marks.get(conversation);
    }

    /** @return the conversations that it has */
    List<String> conversations() {
        return List.copyOf(marks.keySet());
    }

    static int names(Talk talk) {
        return talk.names().hashCode();
    }

    /** Adds what an event says, or replaces the message that it changes. */
    void add(Talk talk, long seq, Saying saying) throws IOException {
        String message = saying.messageId() == null ? null : talk.conversation() + "/" + saying.messageId();
        if (message != null) {
            writer.deleteDocuments(new Term(Fields.MESSAGE, message));
        }
        if (saying.text().isBlank()) {
            return;
        }
        Document document =
                document(talk, saying.kind(), seq, saying.text(), saying.at().toEpochMilli());
        if (message != null) {
            document.add(new StringField(Fields.MESSAGE, message, Field.Store.NO));
        }
        writer.addDocument(document);
    }

    /** From now on the conversation is indexed up to there, and has those names. */
    void mark(Talk talk, long seq) throws IOException {
        Document document = document(
                talk, Saying.Kind.TITLE, 0, talk.names(), talk.updatedAt().toEpochMilli());
        document.add(new StoredField(Fields.MARK, seq));
        document.add(new StoredField(Fields.NAMES, names(talk)));
        String key = talk.conversation() + "/";
        document.add(new StringField(Fields.MESSAGE, key, Field.Store.NO));
        writer.updateDocument(new Term(Fields.MESSAGE, key), document);
        marks.put(talk.conversation(), new Mark(seq, names(talk)));
    }

    private static Document document(Talk talk, Saying.Kind kind, long seq, String text, long at) {
        Document document = new Document();
        document.add(new StringField(Fields.CONVERSATION, talk.conversation(), Field.Store.YES));
        document.add(new StringField(Fields.WORKSPACE, talk.workspace(), Field.Store.NO));
        document.add(new StringField(Fields.KIND, kind.word(), Field.Store.NO));
        document.add(new TextField(Fields.TEXT, new WordStream(text)));
        document.add(new LongField(Fields.AT, at, Field.Store.NO));
        document.add(
                new NumericDocValuesField(Fields.TIE, (long) talk.conversation().hashCode() << 32 ^ seq));
        document.add(new StoredField(Fields.SEQ, seq));
        return document;
    }

    /** Removes all of a conversation. */
    void forget(String conversation) throws IOException {
        writer.deleteDocuments(new Term(Fields.CONVERSATION, conversation));
        marks.remove(conversation);
        purged.incrementAndGet();
    }

    /** Makes durable what was added, and what was forgotten is removed from the disk. */
    void commit() throws IOException {
        if (purged.getAndSet(0) > 0) {
            // Buffered documents may be among those.
            writer.flush();
            writer.forceMergeDeletes();
        }
        if (writer.hasUncommittedChanges()) {
            writer.commit();
            // Files that only an old reader holds go now.
            readers.maybeRefreshBlocking();
            writer.deleteUnusedFiles();
        }
    }

    // --- anybody's ---------------------------------------------------------------------------------------------------

    /**
     * @param after null: from the best on
     * @param workspaces where it is looked for
     * @return at most so many, the best first
     */
    Hits search(Asked asked, Collection<String> workspaces, @Nullable Cursor after, Instant today, int limit)
            throws IOException {
        readers.maybeRefreshBlocking();
        DirectoryReader reader = readers.acquire();
        try {
            if (reader.maxDoc() == 0) {
                return new Hits(List.of(), true);
            }
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setQueryCache(filters);
            searcher.setTimeout(new QueryTimeoutImpl(SEARCH_LIMIT.toMillis()));
            FieldDoc from = after == null
                    ? null
                    : new FieldDoc(
                            reader.maxDoc() - 1, after.score(), new Object[] {after.score(), after.at(), after.tie()});
            TopDocs found = searcher.searchAfter(from, Queries.of(asked, workspaces, today), limit, ORDER);
            StoredFields stored = searcher.storedFields();
            List<Hit> hits = new ArrayList<>();
            for (ScoreDoc doc : found.scoreDocs) {
                Document document = stored.document(doc.doc);
                Object[] order = ((FieldDoc) doc).fields;
                hits.add(new Hit(
                        document.get(Fields.CONVERSATION),
                        number(document, Fields.SEQ),
                        new Cursor(today, (Float) order[0], (Long) order[1], (Long) order[2])));
            }
            return new Hits(hits, !searcher.timedOut());
        } finally {
            readers.release(reader);
        }
    }

    /** What was not committed is lost. */
    @Override
    public void close() throws IOException {
        IOUtils.close(readers, writer, directory);
    }
}
