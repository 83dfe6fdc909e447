package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.precedent.query.volume.VolumeQueries;

/**
 * Segments a volume slice by slice: every slice is a query of its own, with its own supports, and
 * is recorded like one; all of them are answered from one version of the pool. Where a network of
 * volumes is asked for, the volume is one query with one recorded answer.
 */
@ApplicationScoped
public class StudyService {
    private static final int MOST_LABELS = 255;

    private final QueryService queries;
    private final Catalog catalog;
    private final BlobStore blobs;
    private final VolumeQueries volumes;

    StudyService(QueryService queries, VolumeQueries volumes, Catalog catalog, BlobStore blobs) {
        this.queries = queries;
        this.volumes = volumes;
        this.catalog = catalog;
        this.blobs = blobs;
    }

    /** Is told how far it is, and says whether to go on. */
    public interface Watcher {
        /**
         * Called after every slice; of a volume that is asked at once now and then.
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
        if (study.network() != null) {
            return segmentWhole(scope, study, watcher);
        }
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
        return new StudyAnswer(map, version, network, answered, null);
    }

    private StudyAnswer segmentWhole(Scope scope, StudyQuery study, Watcher watcher) {
        int count = study.slices().count();
        List<String> labels = labels(scope, study.asked());
        Answer answer = whole(scope, study, () -> !watcher.goOn(0, count));
        watcher.goOn(count, count);
        return new StudyAnswer(
                labels(
                        study.slices().slicing(),
                        labels,
                        answer.labels().stream()
                                .map(one -> new StudyRows.SliceLabel(0, one.label(), masks(one)))
                                .toList()),
                answer.poolVersion(),
                network(answer),
                List.of(),
                answer.id());
    }

    /**
     * Segments all slices at once by the study's network of volumes, and records the answer.
     *
     * @param gone whether nobody waits for it any more
     * @throws org.precedent.DomainException as {@link VolumeQueries#segment}
     */
    Answer whole(Scope scope, StudyQuery study, BooleanSupplier gone) {
        VolumeSlices slices = study.slices();
        VolumeQueries.requireVolume(
                study.name(), slices.count(), slices.slicing().width(), slices.slicing().height());
        List<Raster> pictures = new ArrayList<>();
        for (int number = 0; number < slices.count(); number++) {
            pictures.add(slices.slice(number));
        }
        return volumes.segment(
                scope,
                study.whole(),
                Objects.requireNonNull(study.network()),
                pictures,
                slices.slicing().direction().orElse(null),
                gone);
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
        if (picture.isConstant()) {
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

    /**
     * The label map of what was answered, slice by slice or of all slices at once: then masks hold
     * these below each other.
     */
    LabelMap labels(Slicing slicing, List<String> labels, List<StudyRows.SliceLabel> answered) {
        LabelMap map = new LabelMap(slicing, labels);
        int last = -1;
        List<Whole> whole = new ArrayList<>();
        for (StudyRows.SliceLabel one : answered) {
            Raster mask = Raster.fromNetpbm(blobs.get(one.masks().maskSha256()));
            Raster probable = Raster.fromNetpbm(blobs.get(one.masks().probabilitiesSha256()));
            if (mask.height() > slicing.height()) {
                whole.add(new Whole(one.label(), mask, probable));
            } else {
                map.put(one.number(), one.number() != last, one.label(), mask, probable);
                last = one.number();
            }
        }
        for (int number = 0; !whole.isEmpty() && number < slicing.count(); number++) {
            for (Whole one : whole) {
                map.put(
                        number,
                        one == whole.getFirst(),
                        one.label(),
                        slice(one.mask(), number, slicing.height()),
                        slice(one.probable(), number, slicing.height()));
            }
        }
        return map;
    }

    /** One label of all slices, which lie below each other. */
    private record Whole(String label, Raster mask, Raster probable) {}

    private static Raster slice(Raster stack, int number, int height) {
        int area = stack.width() * height;
        return new Raster(
                stack.width(),
                height,
                1,
                stack.bitsPerSample(),
                Arrays.copyOfRange(stack.samples(), number * area, (number + 1) * area));
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
