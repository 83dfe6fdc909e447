package org.precedent.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.precedent.cli.progress.ProgressBars;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.VolumeResult;
import org.precedent.evaluation.metric.VolumeResult.VolumeScore;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.LeaveOneOut;
import org.precedent.evaluation.protocol.SupportSize;
import org.precedent.evaluation.protocol.VolumeLeaveOneOut;
import org.precedent.evaluation.protocol.WholeVolumes;
import org.precedent.evaluation.results.Chart;
import org.precedent.evaluation.results.EvaluationCharts;
import org.precedent.network.VolumeNetwork;

/** Leave-one-out over whole volumes: every slice is asked, and the Dice is that of all voxels. */
final class VolumeRun {
    private final EvaluationRun run;
    private final EvaluationSetup bench;
    private final EvaluationRun.Settings settings;

    VolumeRun(EvaluationRun run, EvaluationSetup bench, EvaluationRun.Settings settings) {
        this.run = run;
        this.bench = bench;
        this.settings = settings;
    }

    /**
     * Whole volumes at once, by a network of three dimensions.
     *
     * @param name of the network
     * @param lines are told, one a label
     * @return labels that no volume could be asked for
     */
    static int whole(
            VolumeNetwork network,
            EvaluationCases cases,
            List<String> labels,
            EvaluationRun.Settings settings,
            Consumer<Map<String, Object>> lines,
            PrintWriter err) {
        int unmeasured = 0;
        int others =
                (int) cases.cases().stream().map(EvaluationCase::volume).distinct().count() - 1;
        WholeVolumes protocol = new WholeVolumes(network, System::nanoTime);
        for (String label : labels) {
            try (ProgressBars progress = new ProgressBars(err, "volumes")) {
                EvaluationPool pool =
                        new EvaluationPool(cases, label, Integer.MAX_VALUE, settings.seed());
                int k =
                        settings.supportSize().kind() == SupportSize.Kind.NUMBER
                                ? Math.min(settings.supportSize().number(), others)
                                : others;
                List<VolumeScore> scores =
                        protocol.run(
                                pool,
                                new WholeVolumes.Settings(
                                        cases.cases(), settings.queries(), k, settings.seed()),
                                progress);
                Map<String, Object> line =
                        EvaluationLines.wholeVolumes(label, scores, k, settings.seed());
                line.put("network", network.name());
                line.put("weights_sha256", network.weightsSha256());
                lines.accept(line);
            } catch (EvaluationException e) {
                err.println(label + ": " + e.getMessage());
                err.flush();
                unmeasured++;
            }
        }
        return unmeasured;
    }

    Chart run(List<String> labels, Consumer<Map<String, Object>> lines, EvaluationLines format) {
        List<LabelResult> results = new ArrayList<>();
        VolumeLeaveOneOut protocol = new VolumeLeaveOneOut(bench.examiner(), System::nanoTime);
        run.each(
                labels,
                label -> {
                    EvaluationPool pool = run.pool(label);
                    run.tellShort(label, pool.fewestSupports(), pool.mostSupports());
                    Map<String, Object> looks = run.looks(pool);
                    VolumeResult result =
                            run.told(label, progress -> protocol.run(pool, asked(), progress));
                    results.add(result.slices());
                    Map<String, Object> line =
                            format.volumes(
                                    result,
                                    settings.propagate(),
                                    settings.strategy(),
                                    settings.temperature());
                    line.putAll(looks);
                    lines.accept(line);
                });
        return EvaluationCharts.labels(
                "Leave-one-out, K = " + settings.supportSize(), results, settings.seed());
    }

    private VolumeLeaveOneOut.Settings asked() {
        return new VolumeLeaveOneOut.Settings(
                bench.cases().cases(),
                settings.queries(),
                settings.propagate(),
                new LeaveOneOut.Settings(
                        settings.supportSize(),
                        run.chooser(),
                        settings.temperature(),
                        settings.seed(),
                        1));
    }
}
