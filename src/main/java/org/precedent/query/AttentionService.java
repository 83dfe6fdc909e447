package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.picture.AttentionSheet;
import org.precedent.network.Episode;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.SegmentationNetwork;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.LevelEncoders;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmenter;

/**
 * Where one pixel of a recorded query looks in the supports of its answer. Computed when asked for,
 * by the network that answers where it has attention, else by the one that gives locations their
 * vectors. Where that is not what drew the mask, because it never answers or answers only since, it
 * tells why locations are alike, not how the mask was drawn.
 */
@ApplicationScoped
public class AttentionService {
    private final Answers answers;
    private final BlobStore blobs;
    private final Inference inference;
    private final LevelEncoders encoders;
    private final QueryConfig limits;

    AttentionService(
            Answers answers,
            BlobStore blobs,
            Inference inference,
            LevelEncoders encoders,
            QueryConfig limits) {
        this.answers = answers;
        this.blobs = blobs;
        this.inference = inference;
        this.encoders = encoders;
        this.limits = limits;
    }

    /**
     * @param network whose attention it is
     * @param answered whether this network, with these weights, also drew the mask
     * @param x of the pixel, in the query's own size
     * @param y of it
     * @param scales coarse first
     */
    @Schema(name = "Attention", description = "Where one pixel of a query looks in the supports.")
    public record AttentionView(
            @Schema(description = "The answer's id.") UUID id,
            @Schema(description = "The label's name.") String label,
            @Schema(description = "The network whose attention it is.") String network,
            @Schema(description = "Whether this network, with these weights, also drew the mask.")
                    boolean answered,
            @Schema(description = "Column of the pixel, in the query's own size.", minimum = "0")
                    int x,
            @Schema(description = "Row of the pixel, in the query's own size.", minimum = "0")
                    int y,
            @Schema(description = "The attention at each scale, coarse first.")
                    List<ScaleView> scales) {
        public AttentionView {
            scales = List.copyOf(scales);
        }
    }

    /**
     * One scale.
     *
     * @param stride pixels of the network's square that a cell covers
     * @param grid cells on a side of the square
     * @param mass attention that all supports get together; the rest went to "nothing alike"
     */
    @Schema(name = "AttentionScale", description = "The attention at one scale.")
    public record ScaleView(
            @Schema(
                            description = "Pixels of the network's square that a cell covers.",
                            minimum = "1")
                    int stride,
            @Schema(description = "Cells on a side of the square.", minimum = "1") int grid,
            @Schema(
                            description =
                                    "Attention that all supports get together; the rest went to nothing alike.",
                            minimum = "0")
                    double mass,
            @Schema(description = "Each support's share, in the answer's order.")
                    List<SupportMap> supports) {
        public ScaleView {
            supports = List.copyOf(supports);
        }
    }

    /**
     * One support's share.
     *
     * @param mass its part of the attention
     * @param map row-major over the grid of the square that the support was fitted to
     */
    @Schema(name = "SupportAttention", description = "One support's share of the attention.")
    public record SupportMap(
            @Schema(description = "The support's annotation.") long annotationId,
            @Schema(description = "The support's file name.") String name,
            @Schema(description = "Its part of the attention.", minimum = "0") double mass,
            @Schema(
                            description =
                                    "Attention of each cell, row by row, over the grid of the square that the support was fitted to.")
                    float[] map) {}

    /**
     * @throws ServiceException when the pixel is outside the query, or no network here has
     *     attention; OVERLOADED when too many wait for the network
     */
    public AttentionView attention(Scope scope, UUID id, String label, int x, int y) {
        Looked looked = ErasedMeanwhile.again(() -> look(scope, id, label, x, y));
        List<ScaleView> scales = new ArrayList<>();
        for (AttentionMap map : looked.maps()) {
            List<SupportMap> supports = new ArrayList<>();
            for (Answer.UsedSupport used : looked.label().supports()) {
                float[] cells = map.perSupport().get(supports.size());
                supports.add(
                        new SupportMap(
                                used.support().annotationId(),
                                used.support().sourceName(),
                                sum(cells),
                                cells));
            }
            scales.add(new ScaleView(map.stride(), map.gridWidth(), map.mass(), supports));
        }
        return new AttentionView(
                id, label, looked.network().name(), looked.answered(), x, y, scales);
    }

    /**
     * The same as a picture: the query, then every support with its attention over it.
     *
     * @param stride of the scale, or 0 for the finest
     */
    public byte[] attentionPng(Scope scope, UUID id, String label, int x, int y, int stride) {
        Looked looked = ErasedMeanwhile.again(() -> look(scope, id, label, x, y));
        AttentionMap map =
                stride == 0
                        ? looked.maps().getLast()
                        : looked.maps().stream()
                                .filter(m -> m.stride() == stride)
                                .findFirst()
                                .orElseThrow(() ->
                                        ServiceException.badParameter(
                                                "stride",
                                                stride,
                                                "one of "
                                                        + looked.maps().stream()
                                                                .map(AttentionMap::stride)
                                                                .toList()));
        List<AttentionSheet.Tile> tiles = new ArrayList<>();
        for (PreparedSupport support : looked.supports()) {
            int rank = tiles.size();
            float[] cells = map.perSupport().get(rank);
            tiles.add(
                    new AttentionSheet.Tile(
                            support.image(),
                            new Plane(map.gridWidth(), map.gridHeight(), cells),
                            String.format(
                                    Locale.ROOT,
                                    "%d  W %.3f  A %.3f",
                                    rank + 1,
                                    looked.label().supports().get(rank).weight(),
                                    sum(cells))));
        }
        return PngWriter.png(
                AttentionSheet.draw(
                        looked.query(),
                        map.point().x(),
                        map.point().y(),
                        String.format(Locale.ROOT, "QUERY  MASS %.3f", map.mass()),
                        tiles));
    }

    private record Looked(
            SegmentationNetwork network,
            boolean answered,
            Answer.LabelAnswer label,
            Plane query,
            List<PreparedSupport> supports,
            List<AttentionMap> maps) {}

    private Looked look(Scope scope, UUID id, String label, int x, int y) {
        Answer answer = answers.findWithSupports(scope, id);
        answer.requirePicture("attention is known");
        Answer.LabelAnswer of = answer.label(label);
        AnsweringNetworks.Encoded encoded =
                inference.ofAnswer(answer).orElseGet(inference::configured);
        SegmentationNetwork network = network(encoded.network());
        Raster image = raster(answer.querySha256());
        if (x < 0 || x >= image.width() || y < 0 || y >= image.height()) {
            throw ServiceException.badParameter(
                    "x, y",
                    x + ", " + y,
                    "a pixel of the query, which is " + image.width() + " x " + image.height());
        }
        int side = network.nativeSize();
        InputRange range = answer.inputRange();
        InferenceSettings settings = new InferenceSettings(side, range, answer.supportsTogether());
        NetworkInput input = NetworkInput.of(image, side, range);
        NetworkInput.Geometry geometry = input.geometry();
        Episode.QueryPoint point = new Episode.QueryPoint(geometry.columnOf(x), geometry.rowOf(y));
        List<PreparedSupport> prepared = new ArrayList<>();
        for (Answer.UsedSupport used : of.supports()) {
            prepared.add(
                    PreparedSupport.of(
                            raster(used.support().pixelsSha256()),
                            Mask.fromRaster(raster(used.support().maskSha256())),
                            side,
                            range));
        }
        Segmenter.Explained explained;
        try (QueryWatch watch = QueryWatch.start(limits.deadline(), () -> false);
                InferenceSlot slot = inference.enter(watch, scope.name())) {
            slot.use(encoded);
            explained =
                    network == encoded.network()
                            ? slot.segment(
                                            image,
                                            List.of(of.supports()),
                                            settings,
                                            List.of(point),
                                            new Stages(watch))
                                    .getFirst()
                            : explain(new Segmenter(network, settings), image, of, prepared, point);
        }
        boolean answered =
                network == encoded.network()
                        && answer.network().equals(network.name())
                        && answer.weightsSha256().equals(network.weightsSha256());
        return new Looked(network, answered, of, input.plane(), prepared, explained.attention());
    }

    /** By a network that did not answer: nobody keeps its encodings. */
    private static Segmenter.Explained explain(
            Segmenter segmenter,
            Raster image,
            Answer.LabelAnswer of,
            List<PreparedSupport> prepared,
            Episode.QueryPoint point) {
        List<Episode.Support> context = new ArrayList<>();
        for (PreparedSupport support : prepared) {
            double weight = of.supports().get(context.size()).weight();
            context.add(new Episode.Support(segmenter.encode(support), weight));
        }
        return segmenter
                .segment(image, List.of(new Episode.LabelContext(context)), List.of(point))
                .getFirst();
    }

    /** The one that answers where it has attention, else the one that gives locations vectors. */
    private SegmentationNetwork network(SegmentationNetwork answering) {
        if (answering.reportsAttention()) {
            return answering;
        }
        return encoders.locationNetwork()
                .filter(SegmentationNetwork::reportsAttention)
                .orElseThrow(() -> ServiceException.noAttention(answering.name()));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private static double sum(float[] cells) {
        double sum = 0;
        for (float cell : cells) {
            sum += cell;
        }
        return sum;
    }
}
