package org.precedent.projection;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.precedent.ServiceException;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.index.IndexException;

/**
 * Copies of all indexes of the catalogue, so that a restored one need not embed everything again:
 * an index that comes back goes on at the change where its copy was taken.
 */
@ApplicationScoped
public class Snapshots {
    private final Catalog catalog;
    private final Outbox outbox;
    private final ImageProjection projector;
    private final LevelIndexes levels;

    Snapshots(Catalog catalog, Outbox outbox, ImageProjection projector, LevelIndexes levels) {
        this.catalog = catalog;
        this.outbox = outbox;
        this.projector = projector;
        this.levels = levels;
    }

    /**
     * One index.
     *
     * @param space its embedding space
     * @param sequence the outbox sequence that the snapshot has reached
     */
    public record Snapshot(String space, long sequence) {}

    private List<SharedIndex<?, ?>> indexes() {
        List<SharedIndex<?, ?>> indexes = new ArrayList<>(projector.indexes());
        levels.projectors().forEach(level -> indexes.add(level.index()));
        return indexes;
    }

    /**
     * Copies every index as its newest commit is, while they may be written.
     *
     * @param to a directory for this catalogue's snapshots; DIR/CATALOGUE/SPACE must not exist
     * @throws IndexException where an index cannot be read or the copy exists
     */
    public List<Snapshot> take(Path to) {
        Path folder = to.resolve(catalog.id().toString());
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return indexes().stream()
                .map(index -> new Snapshot(index.name(), index.snapshot(folder)))
                .toList();
    }

    /**
     * Puts the indexes of a snapshot in the place of those that this process writes.
     *
     * @param from what {@link #take} was given
     * @return those that came back; an index that is not in the snapshot stays as it is
     * @throws ServiceException where the folder holds no snapshot of this catalogue, or one of a
     *     later state than the catalogue's
     * @throws IndexException CORRUPT where one is damaged
     */
    public List<Snapshot> restore(Path from) {
        Path folder = from.resolve(catalog.id().toString());
        List<SharedIndex<?, ?>> there =
                indexes().stream()
                        .filter(index -> Files.isDirectory(folder.resolve(index.name())))
                        .toList();
        if (there.isEmpty()) {
            throw ServiceException.badParameter(
                    "snapshot",
                    from.toString(),
                    "it holds no index of this catalogue, " + catalog.id() + held(folder));
        }
        long head = outbox.head();
        List<Snapshot> restored = new ArrayList<>();
        for (SharedIndex<?, ?> index : there) {
            restored.add(new Snapshot(index.name(), index.restore(folder, head)));
        }
        projector.wake();
        levels.wake();
        return restored;
    }

    private static String held(Path folder) {
        if (!Files.isDirectory(folder)) {
            return "";
        }
        try (Stream<Path> spaces = Files.list(folder)) {
            return "; of other spaces there are "
                    + spaces.map(space -> space.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
