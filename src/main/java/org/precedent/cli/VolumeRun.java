package org.precedent.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.VolumeResult;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.LeaveOneOut;
import org.precedent.evaluation.protocol.VolumeLeaveOneOut;
import org.precedent.evaluation.results.Chart;
import org.precedent.evaluation.results.EvaluationCharts;

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

    Chart run(List<String> labels, Consumer<Map<String, Object>> lines, EvaluationLines format) {
        List<LabelResult> results = new ArrayList<>();
        VolumeLeaveOneOut protocol = new VolumeLeaveOneOut(bench.examiner(), System::nanoTime);
        run.each(
                labels,
                label -> {
                    EvaluationPool pool = run.pool(label);
                    run.tellShort(label, pool.fewestSupports(), pool.mostSupports());
                    VolumeResult result =
                            run.told(label, progress -> protocol.run(pool, asked(), progress));
                    results.add(result.slices());
                    lines.accept(
                            format.volumes(
                                    result,
                                    settings.propagate(),
                                    settings.strategy(),
                                    settings.temperature()));
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
