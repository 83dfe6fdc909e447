package org.precedent.index;

import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why an index cannot do what was asked. */
public final class IndexException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Code {
        /** Another process or another instance writes this index. */
        LOCKED(Kind.BUSY, false),
        /** There is no index yet where one is to be read. */
        MISSING(Kind.BUSY, false),
        /** The files hold vectors of another embedding space. */
        OTHER_SPACE(Kind.CONFLICT, true),
        /** Patients are known by another key than this data directory's. */
        OTHER_KEYS(Kind.CONFLICT, true),
        /** The files were written in a format that this version does not read. */
        OTHER_FORMAT(Kind.CONFLICT, true),
        /** The files are damaged. */
        CORRUPT(Kind.DAMAGED, true),
        /** A vector has another number of components than the space. */
        DIMENSION(Kind.INVALID, false),
        /** A vector's Euclidean length is not 1. */
        NOT_UNIT(Kind.INVALID, false),
        /** A batch would take the outbox sequence back. */
        SEQUENCE(Kind.CONFLICT, false),
        /** The file system or the servers failed; the last committed state stands. */
        IO(Kind.BUSY, false),
        /** The engine keeps its own copies, if any, and gives none. */
        NO_SNAPSHOTS(Kind.CONFLICT, false),
        /** The index was closed. */
        CLOSED(Kind.BUSY, false);

        private final Kind kind;
        private final boolean rebuildable;

        Code(Kind kind, boolean rebuildable) {
            this.kind = kind;
            this.rebuildable = rebuildable;
        }
    }

    private final boolean rebuildable;

    private IndexException(Code code, String message, @Nullable Throwable cause) {
        super(code.kind, code, message, cause);
        this.rebuildable = code.rebuildable;
    }

    public static IndexException of(Code code, String message) {
        return new IndexException(code, message, null);
    }

    public static IndexException of(Code code, String message, Throwable cause) {
        return new IndexException(code, message, cause);
    }

    public IndexException with(String name, Object value) {
        put(name, value);
        return this;
    }

    /** Whether dropping the files and feeding the index again from the catalogue helps. */
    public boolean rebuildable() {
        return rebuildable;
    }
}
