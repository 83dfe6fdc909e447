package org.precedent.cli;

import org.precedent.tensor.Torch;
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
        return start(device);
    }

    /** Loads libtorch for a device by its name; the caller closes it. */
    static Torch start(String device) {
        return Torch.start(Torch.Threads.ofCores(), Torch.Processor.of(device));
    }
}
