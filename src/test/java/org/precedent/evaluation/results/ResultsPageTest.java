package org.precedent.evaluation.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.Level;
import org.precedent.embedding.ThumbnailEmbedder;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.FixedLevels;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.retrieval.Fusion;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

class ResultsPageTest {
    private static final ResultsPlan.Budget BUDGET = new ResultsPlan.Budget(2, 2, 2, 4, 1);
    private static final List<ResultsPage.Network> NETWORKS =
            List.of(new ResultsPage.Network("cross_attention+mirror", "ab".repeat(32), 1234567));

    private static EvaluationSetup bench() {
        return bench("cross_attention+mirror", 30);
    }

    /** Under the name of a network that the papers weigh, answers are means of masks. */
    private static EvaluationSetup bench(String network, int cases) {
        MeanMaskNetwork named =
                new MeanMaskNetwork() {
                    @Override
                    public String name() {
                        return network;
                    }
                };
        return new EvaluationSetup(
                Discs.cases(cases),
                new Segmenter(named, Discs.SIDE),
                new ThumbnailEmbedder(),
                PixelSpacing.PIXELS,
                System::nanoTime);
    }

    private static List<Map<String, Object>> lines(ResultsPlan cells) {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (String label : List.of("disc", "ghost")) {
            cells.of(label).forEach(cell -> lines.addAll(cell.work().get()));
        }
        return lines;
    }

    @Test
    void measuresEveryPieceUnderANameOfItsOwn() {
        ResultsPlan cells = new ResultsPlan(bench(), "discs", BUDGET);
        Set<String> identities = new HashSet<>();
        for (String label : List.of("disc", "ghost")) {
            for (ResultsPlan.Cell cell : cells.of(label)) {
                assertThat(identities.add(cells.identity(cell, "none"))).isTrue();
            }
        }
        // Six sizes, two ways of choosing at three, temperatures, three gains, robustness,
        // confidence.
        assertThat(identities).hasSize(2 * 18);
        assertThat(BUDGET.falsified()).isEqualTo(1);
        assertThat(new ResultsPlan.Budget(7, 2, 2, 4, 1).falsified()).isEqualTo(3);
        ResultsPlan.Cell image = cells.of("disc").get(9);
        assertThat(image.key()).isEqualTo("levels|disc|image 4");
        ResultsPlan.Cell random = cells.of("disc").getFirst();
        assertThat(List.of(random, image))
                .allSatisfy(cell ->
                        assertThat(cells.identity(cell, "places"))
                                .isEqualTo(cells.identity(cell, "other places")));
        EvaluationSetup places = bench();
        places.add(new Named("location", places.chooser("image")));
        ResultsPlan.Cell location =
                new ResultsPlan(places, "discs", BUDGET)
                        .of("disc").stream()
                                .filter(cell -> cell.key().equals("levels|disc|location 4"))
                                .findFirst()
                                .orElseThrow();
        assertThat(new ResultsPlan(places, "discs", BUDGET).of("disc"))
                .extracting(ResultsPlan.Cell::key)
                .contains("gain|disc|location 16", "gain|disc|image 16")
                .doesNotContain("gain|disc|random 16");
        assertThat(cells.identity(location, "places"))
                .isNotEqualTo(cells.identity(location, "other places"));
        assertThat(
                        new ResultsPlan(bench(), "discs", new ResultsPlan.Budget(3, 2, 2, 4, 1))
                                .identity(random, "places"))
                .isNotEqualTo(cells.identity(random, "places"));
        assertThat(new ResultsPlan(bench("universeg", 30), "discs", BUDGET).of("disc")).hasSize(11);
        assertThat(new ResultsPlan(bench("iris", 30), "discs", BUDGET).of("disc")).hasSize(7);
        assertThatThrownBy(() -> new ResultsPlan.Budget(1, 1, 1, 1, 1))
                .hasMessageContaining("the last at least 2");
    }

    @Test
    void showsTheMeasuredFiguresBesideThePapersAndNamesWhatFallsShort() {
        List<Map<String, Object>> lines = lines(new ResultsPlan(bench(), "discs", BUDGET));
        ResultsPage page = new ResultsPage(NETWORKS, BUDGET, lines, "./precedent results");
        String text = page.markdown();
        assertThat(text).contains("| cross_attention+mirror | 1,234,567 | 64 | `abababababab` |");
        ResultLines all = ResultLines.of(lines);
        ResultLines eight = all.where("section", "sizes").where("asked_size", 8);
        double mean = eight.overTasks(line -> line.number("dice_mean"), 1).mean();
        String shown = ResultsSection.percent(mean);
        // Averaged masks of random discs find little.
        assertThat(mean).isGreaterThan(0.65);
        assertThat(text)
                .contains("| 8 | " + shown + " | " + shown + " |")
                .contains("63.89 / 60.66")
                .contains("| mean over all tasks, 8 random supports | 65.0 | **" + shown + "** |")
                .doesNotContain("cross_attention+mirror, mean over all tasks, 8 random supports: ");
        List<Map<String, Object>> worse = new ArrayList<>();
        for (Map<String, Object> line : lines) {
            Map<String, Object> copy = new LinkedHashMap<>(line);
            copy.replace("dice_mean", 0.4);
            worse.add(copy);
        }
        assertThat(new ResultsPage(NETWORKS, BUDGET, worse, "./precedent results").markdown())
                .contains("| mean over all tasks, 8 random supports | 65.0 | 40.0 |")
                .contains("cross_attention+mirror, mean over all tasks, 8 random supports: ");
        ResultLines gain = all.where("section", "gain").where("support_size", 4);
        assertThat(text)
                .contains(
                        "| cross_attention+mirror | image | 4 | 2 | "
                                + ResultsSection.signed(
                                        gain.overTasks(l -> l.number("gain_mean"), 1).mean()));
        List<Map<String, Object>> twoLevels = new ArrayList<>(lines);
        for (Map<String, Object> line :
                gain.lines().stream().map(ResultLines.ResultLine::fields).toList()) {
            Map<String, Object> copy = new LinkedHashMap<>(line);
            copy.replace("strategy", "location");
            copy.replace("gain_mean", 0.9512);
            twoLevels.add(copy);
        }
        assertThat(new ResultsPage(NETWORKS, BUDGET, twoLevels, "./precedent results").markdown())
                .contains(
                        "| cross_attention+mirror | location | 4 | 2 | +95.12 |",
                        "| cross_attention+mirror | image | 4 | 2 |")
                .contains("| retrieval gain, S = 4, best level | +4.70 | **+95.12** |");
        assertThat(page.charts().keySet())
                .containsExactly(
                        "sizes",
                        "tasks",
                        "temperatures",
                        "gain",
                        "levels",
                        "robustness",
                        "confidence-cross_attention-mirror");
        for (String name : page.charts().keySet()) {
            assertThat(text).contains("](results/" + name + ".png)");
        }
        assertThat(text).contains("discs disc").contains("Not measured in this run.");
        assertThat(new ResultsPage(NETWORKS, BUDGET, lines, "./precedent results").markdown())
                .isEqualTo(text);
    }

    @Test
    void putsWhiteBloodCellsBesideThePapersTable() {
        List<Map<String, Object>> lines =
                lines(
                                new ResultsPlan(
                                        bench("universeg", 30),
                                        ResultsPage.WHITE_BLOOD_CELLS,
                                        BUDGET))
                        .stream()
                        .map(line -> {
                            Map<String, Object> renamed = new LinkedHashMap<>(line);
                            renamed.computeIfPresent(
                                    "label",
                                    (name, label) ->
                                            label.equals("disc") ? "nucleus" : "cytoplasm");
                            return renamed;
                        })
                        .toList();
        ResultsPage page =
                new ResultsPage(
                        List.of(new ResultsPage.Network("universeg", "ab".repeat(32), 1)),
                        BUDGET,
                        lines,
                        "./precedent results");
        ResultLines.ResultLine paper =
                ResultLines.of(lines)
                        .where("section", "paper")
                        .where("label", "nucleus")
                        .lines()
                        .getFirst();
        String full = ResultsSection.two(100 * paper.number("weighted.dice_mean_at_network_size"));
        assertThat(page.markdown())
                .contains("| weighted, K_full | " + full + " | 95.69 |")
                .contains("| gain at K_full | ")
                .contains(" ± ");
        assertThat(page.charts()).containsKey("white-blood-cells");
        assertThat(page.markdown())
                .contains("white blood cells, nucleus, 16 random supports, network's size");
    }

    /** The levels' table: what a level gains over random supports and over similar images. */
    @Test
    void comparesLevelsAtEverySizeWithRandomAndWithSimilarImages() {
        EvaluationSetup bench = bench();
        bench.add(new Named("location", bench.chooser("random")));
        bench.add(
                new FusedChooser(
                        new FixedLevels(
                                Map.of(
                                        Level.IMAGE, bench.chooser("image"),
                                        Level.LOCATION, bench.chooser("location"))),
                        Fusion.EVEN));
        List<Map<String, Object>> lines = lines(new ResultsPlan(bench, "discs", BUDGET));
        ResultLines levels = ResultLines.of(lines).where("section", "levels");

        assertThat(levels.lines())
                .extracting(line -> line.text("strategy") + " " + line.text("asked_size"))
                .contains("location 4", "location 8", "location 16", "fused 4", "fused 16");
        ResultLines image = levels.where("strategy", "image").where("asked_size", 16);
        ResultLines location = levels.where("strategy", "location").where("asked_size", 16);
        double less = mean(location) - mean(image);
        assertThat(less).isNegative();
        assertThat(new ResultsPage(NETWORKS, BUDGET, lines, "./precedent results").markdown())
                .containsPattern(
                        "cross_attention\\+mirror, K = 16: location \\("
                                + Pattern.quote(ResultsSection.signed(less))
                                + "\\)")
                .containsPattern(
                        "cross_attention\\+mirror \\| 16 \\| location \\| "
                                + ResultsSection.percent(mean(location))
                                + " .*\\| \\+0.00 \\|.*\\| "
                                + Pattern.quote(ResultsSection.signed(less))
                                + " \\|");
    }

    private static double mean(ResultLines lines) {
        return lines.overTasks(line -> line.number("dice_mean"), 1).mean();
    }

    /** Another way of choosing under a name of its own. */
    private record Named(String name, SupportChooser chooser) implements SupportChooser {
        @Override
        public boolean isDrawn() {
            return chooser.isDrawn();
        }

        @Override
        public List<Scored> choose(Question question) {
            return chooser.choose(question);
        }
    }

    @Test
    void answersSizesBeyondWhatThereIsFromAllThereIs() {
        ResultsPlan cells = new ResultsPlan(bench("cross_attention+mirror", 12), "discs", BUDGET);
        List<Map<String, Object>> sizes =
                cells.of("disc").stream()
                        .filter(cell -> cell.section().equals("sizes"))
                        .flatMap(cell -> cell.work().get().stream())
                        .toList();
        assertThat(sizes)
                .extracting(line -> line.get("asked_size"))
                .containsExactly(2, 4, 8, 16, 32, 64);
        assertThat(sizes)
                .extracting(line -> line.get("support_size"))
                .containsExactly(2, 4, 8, 11, 11, 11);
    }

    /** Worst answers that were foreseen reach both goals; unforeseen ones reach neither. */
    @Test
    void takesThePredictionsOfAllTasksTogether() {
        assertThat(page(predictions(false)))
                .contains("| predicted with true Dice, Spearman | 0.60 | **1.00** |")
                .contains("| worst tenth of answers, share flagged | 50.0 | **100.0** |")
                .contains("| cross_attention+mirror | 2 | 20 | 1.00 | 100.0 | 20.0 | 0.0 |")
                .doesNotContain("cross_attention+mirror, worst tenth");
        assertThat(page(predictions(true)))
                .contains("| predicted with true Dice, Spearman | 0.60 | -1.00 |")
                .contains("| worst tenth of answers, share flagged | 50.0 | 0.0 |")
                .contains(
                        "cross_attention+mirror, predicted with true Dice, Spearman: 1.60 of"
                                + " correlation")
                .contains("cross_attention+mirror, worst tenth of answers, share flagged: 50.00");
    }

    private static String page(List<Map<String, Object>> lines) {
        return new ResultsPage(NETWORKS, BUDGET, lines, "./precedent results").markdown();
    }

    /** Two tasks of ten queries; those predicted below 0.2 are flagged. */
    private static List<Map<String, Object>> predictions(boolean reversed) {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (int task = 0; task < 2; task++) {
            List<Map<String, Object>> predictions = new ArrayList<>();
            for (int i = task; i < 20; i += 2) {
                double dice = i / 20.0;
                double predicted = reversed ? 1 - dice : dice;
                predictions.add(
                        Map.of(
                                "id",
                                "q" + i,
                                "predicted",
                                predicted,
                                "dice",
                                dice,
                                "flagged",
                                predicted < .2));
            }
            lines.add(
                    Map.of(
                            "section",
                            "confidence",
                            "network",
                            "cross_attention+mirror",
                            "network_size",
                            64,
                            "dataset",
                            "discs",
                            "label",
                            "task" + task,
                            "predictions",
                            predictions));
        }
        return lines;
    }

    @Test
    void leavesOutTasksTooSmallToCalibrate() {
        ResultsPlan.Cell confidence =
                new ResultsPlan(bench("cross_attention+mirror", 12), "discs", BUDGET)
                        .of("disc").stream()
                                .filter(cell -> cell.section().equals("confidence"))
                                .findFirst()
                                .orElseThrow();
        assertThat(confidence.work().get()).isEmpty();
    }

    @Test
    void comparesAMirroredNetworkWithTheOneInside() {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (String network : List.of("cross_attention+mirror", "cross_attention", "universeg")) {
            for (int size : List.of(4, 8)) {
                lines.add(
                        Map.of(
                                "section",
                                "sizes",
                                "network",
                                network,
                                "dataset",
                                "discs",
                                "label",
                                "disc",
                                "asked_size",
                                size,
                                "baselines",
                                Map.of("mean_mask", 0.1, "grey_level", 0.2),
                                "dice_mean",
                                network.endsWith("mirror") ? 0.7 : 0.5 + network.length() / 150.0));
            }
        }
        ResultsPage.Network once = new ResultsPage.Network("cross_attention", "cd".repeat(32), 9);
        String text =
                new ResultsPage(
                                List.of(NETWORKS.getFirst(), once),
                                BUDGET,
                                lines,
                                "./precedent results")
                        .markdown();
        assertThat(text)
                .contains("- cross_attention+mirror over cross_attention at K = 8: +10.00.\n")
                .contains("- cross_attention over universeg at K = 4: +4.00.\n")
                .doesNotContain("over universeg at K = 2");
    }

    @Test
    void livesWithNothingMeasured() {
        ResultsPage page = new ResultsPage(NETWORKS, BUDGET, List.of(), "./precedent results");
        assertThat(page.markdown()).contains("# Results").contains("## Robustness");
        page.charts().values().forEach(chart -> assertThat(chart.draw().width()).isEqualTo(1520));
    }
}
