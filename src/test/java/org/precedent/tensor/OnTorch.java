package org.precedent.tensor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests that run networks: libtorch on one thread, started once for a class. */
public abstract class OnTorch {
    public static Torch torch;

    @BeforeAll
    static void startTorch() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stopTorch() {
        torch.close();
    }
}
