package org.precedent.index.exact;

import java.nio.file.Path;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexEngineContractTest;

class ExactEngineTest extends IndexEngineContractTest {
    @Override
    protected IndexEngine create(Path home) {
        return new ExactEngine();
    }
}
