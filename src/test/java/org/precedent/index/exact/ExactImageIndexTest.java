package org.precedent.index.exact;

import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndexContractTest;

class ExactImageIndexTest extends ImageIndexContractTest {
    @Override
    protected ImageIndex create(EmbeddingSpace space) {
        return new ExactImageIndex(space);
    }
}
