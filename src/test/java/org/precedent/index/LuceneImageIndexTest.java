package org.precedent.index;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;

/** With the default configuration small indexes are scanned. */
class LuceneImageIndexTest extends ImageIndexContractTest {
    @TempDir Path home;

    @Override
    ImageIndex create(EmbeddingSpace space) {
        return LuceneImageIndex.open(home.resolve(space.id()), space, HnswConfig.DEFAULT);
    }
}
