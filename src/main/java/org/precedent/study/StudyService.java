package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;

/**
 * Segments a volume slice by slice. Every slice is a query of its own, with its own supports, and
 * is recorded like one; all of them are answered from one version of the pool.
 */
@ApplicationScoped
public class StudyService {
    private static final int MOST_LABELS = 255;

    private final QueryService queries;
    private final Catalog catalog;
    private final BlobStore blobs;

    StudyService(QueryService queries, Catalog catalog, BlobStore blobs) {
        this.queries = queries;
        this.catalog = catalog;
        this.blobs = blobs;
    }

    /** Is told how far it is, and says whether to go on. */
    public interface Watcher {
        /**
         * Called after every slice.
         *
         * @return whether to go on
         */
        boolean goOn(int done, int slices);
    }

    /** Ended by its watcher; the answers of the slices before stay recorded. */
    public static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Along which of the file's axes a volume is to be cut, so that its slices are like the pool's:
     * that which lies nearest to the normal of the slices that were ingested last.
     *
     * @return empty where the pool has no slices, or nothing says how the patient lay
     */
    public Optional<SliceAxis> axis(Scope scope, String task, String pool, Grid grid) {
        Task of = catalog.task(scope, task);
        Pool in = catalog.pool(scope, of, pool);
        Optional<Affine> affine = grid.affine();
        return affine.isEmpty()
                ? Optional.empty()
                : catalog.sliceNormal(in).map(normal -> nearest(affine.get(), normal));
    }

    private static SliceAxis nearest(Affine affine, double[] normal) {
        SliceAxis[] axes = {SliceAxis.I, SliceAxis.J, SliceAxis.K};
        double[] spacing = affine.spacing();
        int best = 2;
        double most = -1;
        for (int axis = 2; axis >= 0; axis--) {
            double[] step = affine.column(axis);
            double along =
                    Math.abs(step[0] * normal[0] + step[1] * normal[1] + step[2] * normal[2])
                            / spacing[axis];
            if (along > most + 1e-6) {
                most = along;
                best = axis;
            }
        }
        return axes[best];
    }

    /**
     * Segments all slices.
     *
     * @throws org.precedent.DomainException as {@link QueryService#segment}
     * @throws Cancelled when the watcher says so
     */
    public StudyAnswer segment(Scope scope, StudyQuery study, Watcher watcher) {
        VolumeSlices slices = study.slices();
        LabelMap map = new LabelMap(slices.slicing(), labels(scope, study.asked()));
        List<StudyAnswer.Slice> answered = new ArrayList<>();
        int version = 0;
        String network = "";
        for (int number = 0; number < slices.count(); number++) {
            Optional<Answer> found = segment(scope, study, number, version, () -> false);
            if (found.isPresent()) {
                Answer answer = found.get();
                version = answer.poolVersion();
                network = network(answer);
                boolean first = true;
                for (Answer.LabelAnswer label : answer.labels()) {
                    put(map, number, first, label.label(), masks(label));
                    first = false;
                }
            }
            answered.add(slice(number, found));
            if (!watcher.goOn(number + 1, slices.count())) {
                throw new Cancelled();
            }
        }
        return new StudyAnswer(map, version, network, answered);
    }

    /**
     * Segments one slice and records its answer.
     *
     * @param poolVersion 0 for the one that the question says, else the current one
     * @param gone whether nobody waits for it any more
     * @return empty where the slice is of one value and was not asked
     * @throws org.precedent.DomainException as {@link QueryService#segment}
     */
    Optional<Answer> segment(
            Scope scope, StudyQuery study, int number, int poolVersion, BooleanSupplier gone) {
        Raster picture = study.slices().slice(number);
        if (isConstant(picture)) {
            return Optional.empty();
        }
        String name = study.name() + " slice " + number;
        return Optional.of(
                queries.segment(
                        scope,
                        study.of(new ImageSource.Pixels(name, picture), number, poolVersion),
                        gone));
    }

    /** What is kept of a slice besides its answer. */
    static StudyAnswer.Slice slice(int number, Optional<Answer> answer) {
        return new StudyAnswer.Slice(
                number,
                answer.map(Answer::id).orElse(null),
                answer.map(StudyService::cautions).orElse(Map.of()));
    }

    /** The network that answered, and its weights' SHA-256. */
    static String network(Answer answer) {
        return answer.network() + " " + answer.weightsSha256();
    }

    /** Where a label's mask and probabilities lie. */
    record Masks(String maskSha256, String probabilitiesSha256) {}

    private static Masks masks(Answer.LabelAnswer label) {
        return new Masks(label.maskSha256(), label.probabilitiesSha256());
    }

    /** Puts what was answered of one label of a slice. */
    void put(LabelMap map, int number, boolean first, String label, Masks masks) {
        map.put(
                number,
                first,
                label,
                Raster.fromNetpbm(blobs.get(masks.maskSha256())),
                Raster.fromNetpbm(blobs.get(masks.probabilitiesSha256())));
    }

    /** The label map of what was answered, slice by slice. */
    LabelMap labels(Slicing slicing, List<String> labels, List<StudyRows.SliceLabel> answered) {
        LabelMap map = new LabelMap(slicing, labels);
        int last = -1;
        for (StudyRows.SliceLabel one : answered) {
            put(map, one.number(), one.number() != last, one.label(), one.masks());
            last = one.number();
        }
        return map;
    }

    /**
     * The labels that a question is about, in the order of their values.
     *
     * @throws org.precedent.DomainException an unknown task or label, or more than fit
     */
    List<String> labels(Scope scope, Query asked) {
        Task task = catalog.task(scope, asked.task());
        List<String> labels =
                catalog.labels(task, asked.labels()).stream().map(Task.Label::name).toList();
        if (labels.size() > MOST_LABELS) {
            throw ServiceException.badParameter(
                    "labels", labels.size(), "at most " + MOST_LABELS + " in one label map");
        }
        return labels;
    }

    private static boolean isConstant(Raster picture) {
        short first = picture.samples()[0];
        for (short sample : picture.samples()) {
            if (sample != first) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> cautions(Answer answer) {
        Map<String, String> cautions = new LinkedHashMap<>();
        for (Answer.LabelAnswer label : answer.labels()) {
            Answer.Confidence confidence = label.confidence();
            if (confidence != null && confidence.reason() != null) {
                cautions.put(label.label(), confidence.reason());
            }
        }
        return cautions;
    }
}
