package org.precedent.index.lucene;

import java.nio.file.Path;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexEngineContractTest;

class LuceneEngineTest extends IndexEngineContractTest {
    @Override
    protected IndexEngine create(Path home) {
        return new LuceneEngine(home, "");
    }
}
