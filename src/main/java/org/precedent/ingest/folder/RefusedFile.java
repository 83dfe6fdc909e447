package org.precedent.ingest.folder;

import java.nio.file.Path;
import org.precedent.DomainException;

/** Which file of a case is refused; kind, code and message are those of the refusal itself. */
public final class RefusedFile extends DomainException {
    private static final long serialVersionUID = 1L;
    private final transient Path path;

    RefusedFile(Path path, DomainException refusal) {
        super(refusal.kind(), refusal.code(), String.valueOf(refusal.getMessage()), refusal);
        refusal.fields().forEach(this::put);
        this.path = path;
    }

    /** The file, as the case names it. */
    public Path path() {
        return path;
    }
}
