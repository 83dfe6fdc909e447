package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Strategy;
import org.precedent.study.StudyAnswer;
import org.precedent.study.StudyQuery;
import org.precedent.study.StudyService;
import org.precedent.viewer.Models.Model;

/** Has the image of a viewer segmented: a picture by one query, a volume slice by slice. */
@ApplicationScoped
public class ViewerSegmenter {
    private static final int MOST_LABELS = 255;

    private final QueryService queries;
    private final StudyService studies;
    private final BlobStore blobs;

    ViewerSegmenter(QueryService queries, StudyService studies, BlobStore blobs) {
        this.queries = queries;
        this.studies = studies;
        this.blobs = blobs;
    }

    /**
     * How it is asked.
     *
     * @param supportSize K
     */
    public record Asked(int supportSize, Strategy strategy) {}

    /**
     * A label map.
     *
     * @param labels one value of the legend a voxel of the image, i fastest; 0 outside every label
     * @param answers recorded ones, one a picture or asked slice
     * @param supports annotations that they rest on
     * @param cautions label to why its mask is not to be trusted; of a volume, the first slice's
     * @param network that answered and its weights; empty where nothing was asked
     */
    public record Segmented(
            ViewedImage image,
            byte[] labels,
            Map<String, Integer> legend,
            List<UUID> answers,
            Set<Long> supports,
            Map<String, String> cautions,
            String network) {}

    /**
     * Segments an image.
     *
     * @param gone whether the viewer does not wait any more
     * @throws org.precedent.DomainException as {@link QueryService#segment}
     */
    public Segmented segment(
            Scope scope, Model model, ViewedImage image, Asked asked, BooleanSupplier gone) {
        if (model.task().labels().size() > MOST_LABELS) {
            throw ServiceException.badParameter(
                    "model",
                    model.name(),
                    "a task of at most " + MOST_LABELS + " labels, which one label map holds");
        }
        return switch (image) {
            case ViewedImage.Picture picture -> picture(scope, model, picture, asked, gone);
            case ViewedImage.Scan scan -> scan(scope, model, scan, asked, gone);
        };
    }

    private Query query(Model model, ViewedImage image, Raster raster, Asked asked) {
        return new Query(
                new ImageSource.Pixels(image.name(), raster),
                model.task().name(),
                List.of(),
                model.pool().name(),
                null,
                asked.supportSize(),
                null,
                asked.strategy(),
                0,
                null,
                image.patient());
    }

    private Segmented picture(
            Scope scope,
            Model model,
            ViewedImage.Picture picture,
            Asked asked,
            BooleanSupplier gone) {
        Answer answer =
                queries.segment(scope, query(model, picture, picture.raster(), asked), gone);
        Map<String, String> cautions = new LinkedHashMap<>();
        Set<Long> supports = new LinkedHashSet<>();
        for (Answer.LabelAnswer label : answer.labels()) {
            Answer.Confidence confidence = label.confidence();
            if (confidence != null && confidence.reason() != null) {
                cautions.put(label.label(), confidence.reason());
            }
            label.supports().forEach(used -> supports.add(used.support().annotationId()));
        }
        return new Segmented(
                picture,
                map(answer, model.legend(), picture.raster()),
                model.legend(),
                List.of(answer.id()),
                supports,
                cautions,
                answer.network() + " " + answer.weightsSha256());
    }

    /** Where masks overlap, the pixel is the label's that is more probable. */
    private byte[] map(Answer answer, Map<String, Integer> legend, Raster image) {
        byte[] map = new byte[image.width() * image.height()];
        int[] best = new int[map.length];
        for (Answer.LabelAnswer label : answer.labels()) {
            Raster mask = Raster.fromNetpbm(blobs.get(label.maskSha256()));
            Raster probable = Raster.fromNetpbm(blobs.get(label.probabilitiesSha256()));
            int scale = probable.bitsPerSample() == 8 ? 257 : 1;
            byte value = (byte) legend.getOrDefault(label.label(), 0).intValue();
            for (int i = 0; i < map.length; i++) {
                int probability = (probable.samples()[i] & 0xffff) * scale + 1;
                if (mask.samples()[i] != 0 && probability > best[i]) {
                    best[i] = probability;
                    map[i] = value;
                }
            }
        }
        return map;
    }

    private Segmented scan(
            Scope scope, Model model, ViewedImage.Scan scan, Asked asked, BooleanSupplier gone) {
        SliceAxis axis = axis(scope, model, scan);
        VolumeSlices slices = new VolumeSlices(scan.study().volume(), axis, scan.modality());
        // The image of the question is not looked at.
        Query question = query(model, scan, new Raster(1, 1, 1, 8, new short[1]), asked);
        StudyAnswer answer;
        try {
            answer =
                    studies.segment(
                            scope,
                            new StudyQuery(
                                    scan.name(), slices, question, scan.patient(), scan.series()),
                            (done, all) -> !gone.getAsBoolean());
        } catch (StudyService.Cancelled e) {
            throw ServiceException.abandoned();
        }
        List<UUID> answers = new ArrayList<>();
        Map<String, String> cautions = new LinkedHashMap<>();
        for (StudyAnswer.Slice slice : answer.slices()) {
            UUID recorded = slice.answer();
            if (recorded != null) {
                answers.add(recorded);
            }
            slice.cautions()
                    .forEach((label, why) ->
                            cautions.putIfAbsent(label, "slice " + slice.number() + ": " + why));
        }
        Set<Long> supports = new LinkedHashSet<>();
        for (UUID one : answers) {
            queries.find(scope, one)
                    .labels()
                    .forEach(label ->
                            label.supports()
                                    .forEach(used -> supports.add(used.support().annotationId())));
        }
        return new Segmented(
                scan,
                answer.labelMap(),
                answer.legend(),
                answers,
                supports,
                cautions,
                answer.network());
    }

    /** Along which axis a volume is cut for a model: as its pool's slices lie, else the widest. */
    SliceAxis axis(Scope scope, Model model, ViewedImage image) {
        return axis(scope, model.task().name(), model.pool().name(), image);
    }

    /** As {@link #axis(Scope, Model, ViewedImage)}. */
    SliceAxis axis(Scope scope, String task, String pool, ViewedImage image) {
        return studies.axis(scope, task, pool, image.grid()).orElse(SliceAxis.WIDEST);
    }

    /** The middle slice of a volume, or the picture: what stands for an image in a ranking. */
    static Raster representative(ViewedImage image, @Nullable SliceAxis axis) {
        return switch (image) {
            case ViewedImage.Picture picture -> picture.raster();
            case ViewedImage.Scan scan -> {
                VolumeSlices slices =
                        new VolumeSlices(
                                scan.study().volume(),
                                axis == null ? SliceAxis.WIDEST : axis,
                                scan.modality());
                yield slices.slice(slices.count() / 2);
            }
        };
    }
}
