package org.precedent.service;

import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Catalog;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.index.HnswConfig;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexException;
import org.precedent.index.LuceneImageIndex;
import org.precedent.index.LuceneImageSearch;

/**
 * The image index of this process: writable in the first process that opens it, read-only in others
 * that share the catalogue. It lies under index/CATALOGUE/SPACE, so that an index of another
 * database or encoder is never mistaken for it; one that is damaged or of an old format is dropped
 * and projected again.
 */
@ApplicationScoped
public class ProjectedIndex {
    private static final Logger LOG = Logger.getLogger(ProjectedIndex.class);
    private static final int OPEN_ATTEMPTS = 200;

    private final Path home;
    private final EmbeddingSpace space;
    private @Nullable ImageIndex writer;
    private ImageSearch search;

    ProjectedIndex(PrecedentConfig config, Catalog catalog, ImageEmbedder embedder) {
        this.space = embedder.space();
        this.home = config.indexDirectory().resolve(catalog.id().toString()).resolve(space.id());
        this.writer = openWriter();
        this.search = writer != null ? writer : openReader();
    }

    synchronized boolean isWriter() {
        return writer != null;
    }

    synchronized ImageSearch search() {
        return search;
    }

    synchronized ImageIndex writer() {
        return Objects.requireNonNull(
                writer, "another process writes the index at " + home + "; stop it first");
    }

    /** Reads what the writing process has committed since; takes over when that process is gone. */
    synchronized void refresh() {
        if (search instanceof LuceneImageSearch reader) {
            reader.refresh();
            writer = openWriter();
            if (writer != null) {
                search = writer;
                reader.close();
                LOG.info("this process writes the index now: the one that did is gone");
            }
        }
    }

    private @Nullable ImageIndex openWriter() {
        try {
            return LuceneImageIndex.open(home, space, HnswConfig.DEFAULT);
        } catch (IndexException e) {
            if (e.code() == IndexException.Code.LOCKED) {
                return null;
            }
            if (!e.rebuildable()) {
                throw e;
            }
            LOG.warnf("the index is dropped and projected again: %s", e.getMessage());
            return LuceneImageIndex.recreate(home, space, HnswConfig.DEFAULT);
        }
    }

    /** The writing process may be about to make its first commit: give it a moment. */
    private ImageSearch openReader() {
        IndexException last = null;
        for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
            try {
                return LuceneImageSearch.open(home, space, HnswConfig.DEFAULT);
            } catch (IndexException e) {
                last = e;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw Objects.requireNonNull(last);
    }

    synchronized void close() {
        search.close();
    }
}
