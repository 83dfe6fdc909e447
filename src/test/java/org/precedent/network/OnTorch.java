package org.precedent.network;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests that run networks: libtorch on one thread, started once for a class. */
abstract class OnTorch {
    static Torch torch;

    @BeforeAll
    static void startTorch() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stopTorch() {
        torch.close();
    }
}
