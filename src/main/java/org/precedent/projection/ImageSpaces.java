package org.precedent.projection;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.PrecedentConfig;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEngine;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.node.NodeDuties;
import org.precedent.node.SharedTexts;
import org.precedent.tensor.Torch;

/**
 * The space that whole images are compared in, and another that is being built to take its place.
 * Where the configuration names another embedder than the one that answered before, the old space
 * goes on answering until the new one holds the whole catalogue; then queries that begin are
 * answered in the new one, and those under way end in the old. Which space answered is kept in
 * {@code serving.properties} beside the indexes, or, where all nodes search the same indexes, in
 * the database.
 */
@ApplicationScoped
public class ImageSpaces {
    private static final Logger LOG = Logger.getLogger(ImageSpaces.class);
    private static final String RECORD = "serving.properties";
    private static final String SHARED_RECORD = "serving";

    private final Remembered remembered;
    private final IndexEngine engine;
    private final NodeDuties duties;
    private final ImageEmbedding config;
    private final ThreadLocal<@Nullable Serving> pinned = new ThreadLocal<>();
    private final List<Serving> opened = new ArrayList<>();
    private volatile Serving serving;
    private volatile @Nullable Serving next;

    /** An embedder and the index of its vectors. */
    public record Serving(ImageEmbedder embedder, SharedIndex<ImageSearch, ImageIndex> index) {
        public EmbeddingSpace space() {
            return embedder.space();
        }

        long reached() {
            return index.search().sequence();
        }
    }

    /** Where it is remembered which space answers. */
    interface Remembered {
        /** The properties as they were written; empty before the first time. */
        Optional<String> read();

        void write(String properties);

        /** A file of this machine, below the indexes' directory. */
        static Remembered in(Path home) {
            return new RememberedFile(home);
        }
    }

    private record RememberedFile(Path home) implements Remembered {
        @Override
        public Optional<String> read() {
            Path file = home.resolve(RECORD);
            try {
                return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
            } catch (IOException e) {
                LOG.warnf("%s cannot be read: %s", file, e);
                return Optional.of("");
            }
        }

        @Override
        public void write(String properties) {
            Path part = home.resolve(RECORD + ".part");
            try {
                Files.createDirectories(home);
                Files.writeString(part, properties);
                Files.move(part, home.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw new IllegalStateException("the file system of " + home + " cannot rename", e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record RememberedByAll(SharedTexts texts) implements Remembered {
        @Override
        public Optional<String> read() {
            return texts.read(SHARED_RECORD);
        }

        @Override
        public void write(String properties) {
            texts.write(SHARED_RECORD, properties);
        }
    }

    @Inject
    ImageSpaces(
            PrecedentConfig config,
            IndexEngine engine,
            EmbeddingConfig embedding,
            WeightsLibrary library,
            Catalog catalog,
            Outbox outbox,
            Instance<Torch> torch,
            NodeDuties duties,
            SharedTexts texts) {
        this(
                engine.isShared()
                        ? new RememberedByAll(texts)
                        : Remembered.in(config.indexDirectory().resolve(catalog.id().toString())),
                engine,
                duties,
                embedding,
                (settings, range) -> ImageEmbedding.open(torch::get, settings, library, range),
                outbox.head());
    }

    /**
     * @param remembered which space answers
     * @param engine keeps the indexes
     * @param duties say whether this process writes them
     * @param config the embedder that shall answer
     * @param open an embedder by its settings and the range of grey values that images keep
     * @param head the catalogue's last sequence
     */
    ImageSpaces(
            Remembered remembered,
            IndexEngine engine,
            NodeDuties duties,
            ImageEmbedding config,
            BiFunction<ImageEmbedding, InputRange, ImageEmbedder> open,
            long head) {
        this.remembered = remembered;
        this.engine = engine;
        this.duties = duties;
        this.config = config;
        Serving configured = open(open.apply(config, InputRange.CURRENT));
        this.serving = configured;
        if (configured.reached() < head) {
            recorded(configured.space(), open)
                    .ifPresent(before -> {
                        this.serving = before;
                        this.next = configured;
                        LOG.infof(
                                "%s goes on answering until %s holds the whole catalogue",
                                before.space().id(), configured.space().id());
                    });
        }
    }

    private Serving open(ImageEmbedder embedder) {
        Serving made =
                new Serving(
                        embedder,
                        new SharedIndex<>(
                                engine.images(embedder.space()),
                                () -> duties.writes(engine.isShared())));
        opened.add(made);
        return made;
    }

    /** What answered before, where that is another space and can still be opened. */
    private Optional<Serving> recorded(
            EmbeddingSpace configured, BiFunction<ImageEmbedding, InputRange, ImageEmbedder> open) {
        Optional<String> written = remembered.read();
        if (written.isEmpty()) {
            return Optional.empty();
        }
        Properties record = new Properties();
        try {
            record.load(new StringReader(written.get()));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warnf(
                    "what is remembered cannot be read, so only %s can answer: %s",
                    configured.id(), e);
            return Optional.empty();
        }
        String space = record.getProperty("space", "");
        if (space.isEmpty() || space.equals(configured.id())) {
            return Optional.empty();
        }
        try {
            ImageEmbedder embedder =
                    open.apply(
                            new Before(
                                    record.getProperty("embedder", ""),
                                    Optional.ofNullable(record.getProperty("weights"))
                                            .map(Path::of)),
                            // Records of before there were others do not name it.
                            InputRange.of(record.getProperty("range", InputRange.MIN_MAX.word())));
            if (!embedder.space().id().equals(space)) {
                LOG.warnf("the embedder of %s is not here any more", space);
            } else if (engine.images(embedder.space()).exists()) {
                return Optional.of(open(embedder));
            }
            embedder.close();
        } catch (DomainException | IllegalArgumentException e) {
            LOG.warnf("the embedder of %s is not here any more: %s", space, e.getMessage());
        }
        return Optional.empty();
    }

    /** The settings of an image embedder alone. */
    record Before(String embedder, Optional<Path> weights) implements ImageEmbedding {}

    /** What the calling thread searches. */
    public Serving current() {
        Serving pin = pinned.get();
        return pin != null ? pin : serving;
    }

    /** What takes its place when it is complete; null where there is none. */
    @Nullable Serving next() {
        return next;
    }

    /** Does something within one space, whatever takes its place meanwhile. */
    public <T> T pinned(Supplier<T> work) {
        if (pinned.get() != null) {
            return work.get();
        }
        pinned.set(serving);
        try {
            return work.get();
        } finally {
            pinned.remove();
        }
    }

    /** From here on, queries that begin are answered in the next space. */
    synchronized void switchToNext() {
        Serving complete = next;
        if (complete != null) {
            Serving before = serving;
            serving = complete;
            next = null;
            LOG.infof("%s answers now, no longer %s", complete.space().id(), before.space().id());
        }
    }

    /** Whether it is still remembered which space answers. */
    boolean isRecorded() {
        return engine.isShared() || remembered.read().isPresent(); // files are taken away by people
    }

    /** Remembers that the space which answers is complete. */
    synchronized void record() {
        if (next != null || !duties.writes(engine.isShared())) {
            return;
        }
        Properties record = new Properties();
        record.setProperty("space", serving.space().id());
        record.setProperty("embedder", config.embedder());
        record.setProperty("range", InputRange.CURRENT.word());
        config.weights()
                .ifPresent(path -> record.setProperty("weights", path.toAbsolutePath().toString()));
        StringWriter text = new StringWriter();
        try {
            record.store(text, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        remembered.write(text.toString());
    }

    /** Closes the indexes. */
    void close() {
        opened.forEach(one -> one.index().close());
    }

    /** Embeds in the space of {@link #current}. */
    public ImageEmbedder embedder() {
        return new ImageEmbedder() {
            @Override
            public EmbeddingSpace space() {
                return current().space();
            }

            @Override
            public float[] embed(Raster image) {
                return current().embedder().embed(image);
            }

            @Override
            public void close() {
                opened.forEach(one -> one.embedder().close());
            }
        };
    }
}
