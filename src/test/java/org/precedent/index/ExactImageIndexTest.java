package org.precedent.index;

import org.precedent.embedding.EmbeddingSpace;

class ExactImageIndexTest extends ImageIndexContractTest {
    @Override
    ImageIndex create(EmbeddingSpace space) {
        return new ExactImageIndex(space);
    }
}
