package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.precedent.cli.progress.ProgressBars;
import org.precedent.evaluation.protocol.CurationCheck;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;

/** Measures a curator's lists on planted faults: a line a list, label and seed. */
final class CurationRun {
    private final CurationCheck check;
    private final int most;
    private final long seed;
    private final int repeats;
    private final List<Path> foreign;

    /**
     * @param most images of a label at most
     * @param repeats seeds, from the first on
     * @param foreign images of other sets; where there are none, outliers are not measured
     */
    CurationRun(CurationCheck check, int most, long seed, int repeats, List<Path> foreign) {
        this.check = check;
        this.most = most;
        this.seed = seed;
        this.repeats = repeats;
        this.foreign = foreign;
    }

    void run(List<String> labels, Consumer<Map<String, Object>> lines, PrintWriter err) {
        ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
        List<Raster> others = foreign.stream().map(decoder::decode).toList();
        for (String label : labels) {
            for (long s = seed; s < seed + repeats; s++) {
                try (ProgressBars bars = new ProgressBars(err, label)) {
                    lines.accept(line(check.duplicates(label, most, s, bars)));
                    if (!others.isEmpty()) {
                        lines.accept(line(check.outliers(label, most, others, s)));
                    }
                    lines.accept(line(check.suspects(label, most, s, bars)));
                    lines.accept(line(check.worth(label, most, s, bars)));
                    lines.accept(line(check.next(label, most, s, bars)));
                    lines.accept(line(check.living(label, most, s, bars)));
                }
            }
        }
    }

    private static Map<String, Object> line(CurationCheck.Gain gain) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("protocol", "curation");
        line.put("list", gain.list());
        line.put("label", gain.label());
        line.put("seed", gain.seed());
        line.put("images", gain.images());
        line.put("planted", gain.planted());
        line.putAll(gain.figures());
        line.put("seconds", gain.seconds());
        return line;
    }

    private static Map<String, Object> line(CurationCheck.Result result) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("protocol", "curation");
        line.put("list", result.list());
        line.put("label", result.label());
        line.put("seed", result.seed());
        line.put("images", result.images());
        line.put("planted", result.planted());
        line.put("found", result.found());
        line.put("recall", result.planted() == 0 ? 1 : (double) result.found() / result.planted());
        if (result.wrong() != null) {
            line.put("false", result.wrong());
            line.put("false_share", (double) result.wrong() / result.images());
        }
        if (result.auc() != null) {
            line.put("auc", result.auc());
        }
        line.put("by_kind", result.byKind());
        line.put("seconds", result.seconds());
        return line;
    }
}
