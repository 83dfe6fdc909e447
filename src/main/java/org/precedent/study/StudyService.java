package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        Slicing slicing = slices.slicing();
        List<String> labels = labels(scope, study.asked());
        Map<String, Integer> legend = new LinkedHashMap<>();
        labels.forEach(label -> legend.put(label, legend.size() + 1));
        byte[] map = new byte[Math.toIntExact(slicing.grid().voxels())];
        List<StudyAnswer.Slice> answered = new ArrayList<>();
        int version = 0;
        String network = "";
        for (int number = 0; number < slices.count(); number++) {
            Raster picture = slices.slice(number);
            if (isConstant(picture)) {
                answered.add(new StudyAnswer.Slice(number, null, Map.of()));
            } else {
                String name = study.name() + " slice " + number;
                Answer answer =
                        queries.segment(
                                scope, study.of(new ImageSource.Pixels(name, picture), version));
                version = answer.poolVersion();
                network = answer.network() + " " + answer.weightsSha256();
                put(answer, legend, slicing, number, map);
                answered.add(new StudyAnswer.Slice(number, answer.id(), cautions(answer)));
            }
            if (!watcher.goOn(number + 1, slices.count())) {
                throw new Cancelled();
            }
        }
        return new StudyAnswer(map, legend, voxels(map, legend), version, network, answered);
    }

    private List<String> labels(Scope scope, Query asked) {
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

    /** Where masks overlap, the voxel is the label's that is more probable. */
    private void put(
            Answer answer, Map<String, Integer> legend, Slicing slicing, int number, byte[] map) {
        int pixels = slicing.width() * slicing.height();
        int[] best = new int[pixels];
        byte[] values = new byte[pixels];
        for (Answer.LabelAnswer label : answer.labels()) {
            Raster mask = Raster.fromNetpbm(blobs.get(label.maskSha256()));
            Raster probable = Raster.fromNetpbm(blobs.get(label.probabilitiesSha256()));
            int scale = probable.bitsPerSample() == 8 ? 257 : 1;
            byte value = (byte) legend.getOrDefault(label.label(), 0).intValue();
            for (int i = 0; i < pixels; i++) {
                int probability = (probable.samples()[i] & 0xffff) * scale + 1;
                if (mask.samples()[i] != 0 && probability > best[i]) {
                    best[i] = probability;
                    values[i] = value;
                }
            }
        }
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                map[slicing.index(number, x, y)] = values[y * slicing.width() + x];
            }
        }
    }

    private static Map<String, Long> voxels(byte[] map, Map<String, Integer> legend) {
        long[] counts = new long[256];
        for (byte value : map) {
            counts[value & 0xff]++;
        }
        Map<String, Long> voxels = new LinkedHashMap<>();
        legend.forEach((label, value) -> voxels.put(label, counts[value]));
        return voxels;
    }
}
