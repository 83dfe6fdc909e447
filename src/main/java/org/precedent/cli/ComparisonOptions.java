package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What compares images, locations and objects, outside the service; the same for every command. */
final class ComparisonOptions {
    private static final String DEFAULT_WEIGHTS = "(default: the shipped or imported ones)";
    private static final String THUMBNAIL = "thumbnail";

    @Option(
            names = "--embedder",
            paramLabel = "NAME",
            description = "what compares whole images (default: ${DEFAULT-VALUE})")
    private String embedder = THUMBNAIL;

    @Option(
            names = "--embedder-weights",
            paramLabel = "FILE",
            description = "of an embedder that needs any " + DEFAULT_WEIGHTS)
    private @Nullable Path embedderWeights;

    @Option(
            names = "--location",
            paramLabel = "NETWORK|none",
            description =
                    "what compares locations, for the location level (default: ${DEFAULT-VALUE})")
    private String location = "cross_attention";

    @Option(
            names = "--location-weights",
            paramLabel = "FILE",
            description = "its weights " + DEFAULT_WEIGHTS)
    private @Nullable Path locationWeights;

    @Option(
            names = "--object",
            paramLabel = "NETWORK|none",
            description = "what compares objects, for the object level (default: ${DEFAULT-VALUE})")
    private String object = "iris";

    @Option(
            names = "--object-weights",
            paramLabel = "FILE",
            description = "its weights " + DEFAULT_WEIGHTS)
    private @Nullable Path objectWeights;

    EvaluationModels open(String device, PrintWriter err) {
        return new EvaluationModels(
                new EvaluationModels.Named(embedder, embedderWeights),
                new EvaluationModels.Named(location, locationWeights),
                new EvaluationModels.Named(object, objectWeights),
                device,
                err);
    }

    /** What of it to write so that a command is the same again. */
    String words() {
        return embedder.equals(THUMBNAIL) ? "" : " --embedder " + embedder;
    }
}
