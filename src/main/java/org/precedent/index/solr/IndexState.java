package org.precedent.index.solr;

import java.util.ArrayList;
import java.util.List;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;

/**
 * What the one document of a collection that is no vector says: what is in it, how far it is, and
 * who writes it. It is changed only by whoever has read its newest version.
 *
 * @param format how documents are written
 * @param space {@link IndexContent#name}
 * @param generation the last batch that is visible
 * @param floor the first batch since the index was cleared
 * @param sequence the outbox sequence reached with the last batch
 * @param longest no vector is longer
 * @param owner the process that writes; empty where none does
 * @param marked the writer whose markers count: each shard has a document of it that says the last
 *     batch which the shard holds. What another writer says of a shard, however late, is not heard
 * @param markers how many shards have one
 * @param holes generations that a writer may still write which was taken for dead; never visible
 */
record IndexState(
        int format,
        String space,
        long generation,
        long floor,
        long sequence,
        double longest,
        String owner,
        String marked,
        int markers,
        List<Hole> holes) {
    /** Raised with every change of the schema or of how documents are written. */
    static final int FORMAT = 2;

    /** More batches than a writer that was taken for dead can write before it sees that. */
    private static final long JUMP = 1_000_000;

    /** Holes that are remembered: a writer is not dead for longer than so many others live. */
    private static final int HOLES = 64;

    /** Generations between two others, both excluded. */
    record Hole(long after, long before) {}

    IndexState {
        holes = List.copyOf(holes);
    }

    static IndexState empty(IndexContent content, String marked, int markers) {
        return new IndexState(FORMAT, content.name(), 0, 1, 0, 0, "", marked, markers, List.of());
    }

    /** The generation that whoever writes now writes next. */
    long next() {
        return endsInHole() ? holes.getLast().before() : generation + 1;
    }

    private boolean endsInHole() {
        return !holes.isEmpty() && holes.getLast().after() == generation;
    }

    IndexState withOwner(String other) {
        return with(other, marked, holes);
    }

    /** The markers of a writer count from here on. */
    IndexState markedBy(String writer) {
        return with(owner, writer, holes);
    }

    /** Taken over from a writer that shows no sign of life, but may only be slow. */
    IndexState takenOver(String other) {
        List<Hole> more = new ArrayList<>(holes);
        if (endsInHole()) {
            more.removeLast(); // two writers that ended no batch leave one hole
        }
        more.add(new Hole(generation, next() + JUMP));
        return with(other, marked, more.subList(Math.max(0, more.size() - HOLES), more.size()));
    }

    private IndexState with(String writer, String heard, List<Hole> between) {
        return new IndexState(
                format,
                space,
                generation,
                floor,
                sequence,
                longest,
                writer,
                heard,
                markers,
                between);
    }

    /** After changes that touch no document. */
    IndexState reached(long other) {
        return new IndexState(
                format, space, generation, floor, other, longest, owner, marked, markers, holes);
    }

    /** After one more batch. */
    IndexState after(long reached, double longestNow) {
        return new IndexState(
                format,
                space,
                next(),
                floor,
                reached,
                Math.max(longest, longestNow),
                owner,
                marked,
                markers,
                holes);
    }

    /** After everything was dropped: what lies in holes is older than that. */
    IndexState cleared() {
        long generationNow = next();
        return new IndexState(
                format,
                space,
                generationNow,
                generationNow + 1,
                0,
                0,
                owner,
                marked,
                markers,
                List.of());
    }

    /**
     * @param where names the collection
     * @throws IndexException when this version cannot read it or it holds something else
     */
    void check(IndexContent expected, String where) {
        if (format != FORMAT) {
            throw IndexException.of(
                            IndexException.Code.OTHER_FORMAT,
                            "collection %s has format %d, this version reads %d: rebuild it"
                                    .formatted(where, format, FORMAT))
                    .with("value", format)
                    .with("limit", FORMAT);
        }
        expected.check(space, where);
    }
}
