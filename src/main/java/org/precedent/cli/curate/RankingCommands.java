package org.precedent.cli.curate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.access.Scope;
import org.precedent.cli.progress.ProgressBars;
import org.precedent.curation.CurationLists;
import org.precedent.curation.ListEntry;
import org.precedent.curation.ListRequest;
import org.precedent.evaluation.Progress;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The lists that say where to look first. */
final class RankingCommands {
    private RankingCommands() {}

    /** What every list is asked by. */
    abstract static class Ranking extends OutputCommand {
        @Option(names = "--task", required = true, description = "the task")
        private String task = "";

        @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
        private String pool = "default";

        @Option(
                names = "--label",
                description = "a label of the task; repeatable (default: all of them)")
        private List<String> labels = new ArrayList<>();

        @Option(
                names = "--most",
                paramLabel = "N",
                description = "entries printed at most (default: all)")
        private int most = Integer.MAX_VALUE;

        /** Supports that an answer rests on. */
        int supportSize() {
            return ListRequest.SUPPORTS;
        }

        /** Images that are asked. */
        int images() {
            return ListRequest.IMAGES;
        }

        long seed() {
            return 1;
        }

        abstract List<ListEntry> entries(ListRequest request, Progress progress);

        @Override
        public void check() {
            requireAtLeastOne("--most", most);
        }

        void requireAtLeastOne(String option, int number) {
            if (number < 1) {
                throw new ParameterException(
                        commandLine(), option + " is " + number + ": at least 1");
            }
        }

        @Override
        public Integer call() {
            ListRequest request =
                    new ListRequest(
                            Scope.machine(), task, pool, labels, supportSize(), images(), seed());
            List<ListEntry> entries;
            try (ProgressBars bars =
                    new ProgressBars(commandLine().getErr(), "looking at the pool")) {
                entries = entries(request, bars);
            }
            List<ListEntry> shown = entries.subList(0, Math.min(most, entries.size()));
            print(
                    shown,
                    List.of("score", "image", "label", "other", "reason"),
                    entry ->
                            List.of(
                                    number(entry.score()),
                                    text(entry.image()),
                                    text(entry.label()),
                                    text(entry.other()),
                                    entry.reason()));
            return 0;
        }
    }

    /** A list that the network is asked for, about all images unless there are very many. */
    abstract static class Asking extends Ranking {
        @Option(
                names = "--support-size",
                paramLabel = "K",
                description = "supports that an answer rests on (default: ${DEFAULT-VALUE})")
        private int supportSize = ListRequest.SUPPORTS;

        @Option(
                names = "--images",
                paramLabel = "N",
                description =
                        "images of each label that are asked at most, drawn by the seed (default:"
                                + " ${DEFAULT-VALUE})")
        private int images = ListRequest.IMAGES;

        @Option(names = "--seed", description = "draws them (default: ${DEFAULT-VALUE})")
        private long seed = 1;

        @Override
        int supportSize() {
            return supportSize;
        }

        @Override
        int images() {
            return images;
        }

        @Override
        long seed() {
            return seed;
        }
    }

    @Command(
            name = "duplicates",
            mixinStandardHelpOptions = true,
            description = {
                "Pictures that a pool holds twice: the same pixels; nearly the same picture, encoded",
                "anew, cropped by some pixels, or mirrored; and by them one patient under two names.",
                "An entry names both images; the score is their likeness, 1 for the same pixels.",
                "Keep one of the two: retire the other's annotations."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate duplicates --task wbc --json")
    static final class DuplicatesOf extends Ranking {
        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            return bean(CurationLists.class).duplicates(request, progress);
        }
    }

    @Command(
            name = "suspects",
            mixinStandardHelpOptions = true,
            description = {
                "Masks that are probably wrong: shifted, of another label or image, partly missing,",
                "inverted. Each is compared with what the network answers from the others, and by",
                "what it alone makes of the images nearest to it. The score is in deviations from",
                "what is usual in the pool: look at the first tenth. Approved and unreviewed",
                "annotations are judged; only approved ones judge. Some tenths of a second an image."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate suspects --task wbc --label nucleus --most 20")
    static final class SuspectsOf extends Asking {
        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            return bean(CurationLists.class).suspects(request, progress);
        }
    }

    @Command(
            name = "outliers",
            mixinStandardHelpOptions = true,
            description = {
                "Images unlike the others of their pool, e.g. of another organ or modality: how far",
                "the nearest tenth of the pool is, over the same distance of the pool's images.",
                "1 is usual; every image of the pool is listed."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate outliers --task wbc --most 20")
    static final class OutliersOf extends Ranking {
        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            return bean(CurationLists.class).outliers(request, progress);
        }
    }

    @Command(
            name = "worth",
            mixinStandardHelpOptions = true,
            description = {
                "How much each annotation helps or harms answers, the most harmful first. Images of",
                "the pool ask as if they were new; every support of an answer is left out once, and",
                "what the Dice loses without it is its influence, exactly. The score is the Dice that",
                "all these answers together would gain without the annotation: above 0, it harms.",
                "Some seconds a question; more questions find more."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate worth --task wbc --label nucleus --questions 100")
    static final class WorthOf extends Ranking {
        @Option(
                names = "--support-size",
                paramLabel = "K",
                description = "supports of an answer (default: ${DEFAULT-VALUE})")
        private int supportSize = 8;

        @Option(
                names = "--questions",
                paramLabel = "N",
                description = "images of each label that ask (default: ${DEFAULT-VALUE})")
        private int questions = 40;

        @Option(names = "--seed", description = "draws them (default: ${DEFAULT-VALUE})")
        private long seed = 1;

        @Override
        int supportSize() {
            return supportSize;
        }

        @Override
        int images() {
            return questions;
        }

        @Override
        long seed() {
            return seed;
        }

        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            return bean(CurationLists.class).worth(request, progress);
        }
    }

    @Command(
            name = "gaps",
            mixinStandardHelpOptions = true,
            description = {
                "What is missing in a pool: recorded queries that found nothing near, those that are",
                "alike as one entry; and labels, sites and modalities that are short of examples."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate gaps --task wbc")
    static final class GapsOf extends Ranking {
        @Option(
                names = "--queries",
                paramLabel = "N",
                description = "of the latest that are looked at (default: ${DEFAULT-VALUE})")
        private int queries = ListRequest.IMAGES;

        @Override
        int images() {
            return queries;
        }

        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            return bean(CurationLists.class).gaps(request, progress);
        }
    }

    @Command(
            name = "next",
            mixinStandardHelpOptions = true,
            description = {
                "Which images without an annotation to annotate next: drawn at random. As many follow",
                "whose answer is expected to be bad, far from what is annotated and from each other:",
                "of four sets choosing them gained on one and lost on another. Annotate both, and see",
                "whether it pays in your pool.",
                "Candidates are the files named, or else the images of recorded queries."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate next --task wbc --label nucleus --image new/*.png")
    static final class NextOf extends Ranking {
        @Option(
                names = "--image",
                paramLabel = "FILE",
                arity = "1..*",
                description = "images without an annotation; repeatable")
        private List<Path> images = new ArrayList<>();

        @Option(
                names = "--count",
                paramLabel = "N",
                description = "images to draw, and to choose (default: ${DEFAULT-VALUE})")
        private int count = 10;

        @Override
        public void check() {
            super.check();
            requireAtLeastOne("--count", count);
        }

        @Option(
                names = "--candidates",
                paramLabel = "N",
                description =
                        "that are asked at most, drawn by the seed (default: ${DEFAULT-VALUE})")
        private int candidates = 200;

        @Option(names = "--seed", description = "draws (default: ${DEFAULT-VALUE})")
        private long seed = 1;

        @Override
        int images() {
            return candidates;
        }

        @Override
        long seed() {
            return seed;
        }

        @Override
        List<ListEntry> entries(ListRequest request, Progress progress) {
            Map<String, Raster> offered = new LinkedHashMap<>();
            ImageDecoder decoder = new ImageDecoder(bean(Limits.class));
            for (Path file : images) {
                offered.put(file.toString(), decoder.decode(file));
            }
            return bean(CurationLists.class).next(request, offered, count, progress);
        }
    }
}
