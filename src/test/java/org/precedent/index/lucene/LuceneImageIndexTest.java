package org.precedent.index.lucene;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndexContractTest;
import org.precedent.index.IndexContent;

/** With the default configuration small indexes are scanned. */
class LuceneImageIndexTest extends ImageIndexContractTest {
    @TempDir Path home;

    @Override
    protected ImageIndex create(EmbeddingSpace space) {
        return LuceneImageIndex.open(
                home.resolve(space.id()), IndexContent.of(space), HnswConfig.DEFAULT);
    }
}
