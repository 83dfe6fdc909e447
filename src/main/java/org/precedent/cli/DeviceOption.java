package org.precedent.cli;

import org.precedent.network.Torch;
import picocli.CommandLine.Option;

/** Where networks run, outside the service. */
final class DeviceOption {
    @Option(names = "--device", description = "cpu, or cuda (default: ${DEFAULT-VALUE})")
    private String device = "cpu";

    Torch.Processor processor() {
        return Torch.Processor.of(device);
    }

    /** Loads libtorch; the caller closes it. */
    Torch start() {
        return Torch.start(Torch.Threads.ofCores(), processor());
    }
}
