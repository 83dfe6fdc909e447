package org.precedent.cli.curate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.curation.LeaveOneOutMasks;
import org.precedent.curation.Similar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An annotation among the others of its pool. */
final class NeighbourCommands {
    private NeighbourCommands() {}

    /** What both commands are asked by. */
    abstract static class OfAnnotation extends OutputCommand {
        @Parameters(paramLabel = "ANNOTATION", description = "the annotation's id")
        private long annotation;

        @Option(
                names = "--pool",
                description = "a pool of the annotation's task (default: ${DEFAULT-VALUE})")
        private String pool = "default";

        long annotation() {
            return annotation;
        }

        String pool() {
            return pool;
        }
    }

    @Command(
            name = "similar",
            mixinStandardHelpOptions = true,
            description = {
                "The annotations of a pool whose images are most like an annotation's image, of the",
                "same label and whatever their review state. The similarity is that of retrieval."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate similar 17 --most 20")
    static final class SimilarTo extends OfAnnotation {
        @Option(
                names = "--most",
                paramLabel = "N",
                description = "annotations at most, to 1000 (default: ${DEFAULT-VALUE})")
        private int most = 20;

        @Override
        public Integer call() {
            if (most < 1 || most > 1000) {
                throw ServiceException.badParameter("--most", most, "1 to 1000");
            }
            List<Similar.Neighbour> found =
                    bean(Similar.class).to(Scope.machine(), annotation(), pool(), most);
            print(
                    found,
                    List.of("similarity", "annotation", "image", "label", "state"),
                    one ->
                            List.of(
                                    number(one.similarity()),
                                    Long.toString(one.annotation().id()),
                                    one.annotation().image(),
                                    one.annotation().label(),
                                    one.annotation().state().word()));
            return 0;
        }
    }

    @Command(
            name = "leave-one-out",
            mixinStandardHelpOptions = true,
            description = {
                "What a pool answers for an annotated image without the image's own patient, and how",
                "far that is from the annotation. A mask that differs much deserves a look: it is",
                "wrong, or the pool has nothing like it."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate leave-one-out 17 --out answered.png")
    static final class LeaveOneOut extends OfAnnotation {
        @Option(
                names = "--out",
                paramLabel = "FILE",
                description = "writes the answered mask as a PNG, 0 outside and 255 inside")
        private @Nullable Path out;

        /** What is printed of it. */
        record Line(
                long annotation,
                String label,
                String pool,
                int poolVersion,
                double dice,
                @Nullable Double hausdorff95,
                int onlyAnnotation,
                int onlyAnswer,
                List<Long> supports) {}

        @Override
        public Integer call() throws IOException {
            LeaveOneOutMasks.LeftOut left =
                    bean(LeaveOneOutMasks.class).of(Scope.machine(), annotation(), pool());
            if (out != null) {
                Files.write(out, left.png());
            }
            Line line =
                    new Line(
                            annotation(),
                            left.label(),
                            left.pool(),
                            left.poolVersion(),
                            left.dice(),
                            left.hausdorff95(),
                            left.added(),
                            left.missed(),
                            left.supports().stream()
                                    .map(LeaveOneOutMasks.Used::annotationId)
                                    .toList());
            if (asJson()) {
                printJson(line);
                commandLine().getOut().flush();
                return 0;
            }
            Double distance = line.hausdorff95();
            say(
                    "%s: Dice %.3f with the answer from %d annotations of version %d of %s; 95%%"
                            + " distance %s; %d pixels in the annotation alone, %d in the answer"
                            + " alone",
                    line.label(),
                    line.dice(),
                    line.supports().size(),
                    line.poolVersion(),
                    line.pool(),
                    distance == null ? "none" : number(distance) + " pixels",
                    line.onlyAnnotation(),
                    line.onlyAnswer());
            return 0;
        }
    }
}
