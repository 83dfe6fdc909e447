package org.precedent.api.view;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.study.StudyAnswer;
import org.precedent.study.StudyFormat;
import org.precedent.study.StudyJob;

/** A study as shown to people and clients: how far it is, and what was answered. */
@Schema(
        name = "Study",
        description = "A study that is segmented slice by slice, and how far it is.")
public record StudyView(
        @Schema(description = "Its id, by which it can be had again.") UUID id,
        @Schema(
                        description =
                                "Where it is: it waits (`queued`), is being segmented (`running`), or has"
                                        + " ended; only one that is `done` has a result.",
                        enumeration = {"queued", "running", "done", "cancelled", "failed"})
                String state,
        @Schema(description = "Why it failed; null where it did not.", nullable = true)
                @Nullable String reason,
        @Schema(description = "The name of what was sent.") String name,
        @Schema(description = "The task's name.") String task,
        @Schema(description = "The pool's name.") String pool,
        @Schema(
                        description = "The pool's version that every slice is answered from.",
                        minimum = "1")
                int poolVersion,
        @Schema(
                        description = "The axis of the file along which it is cut into slices.",
                        enumeration = {"i", "j", "k"})
                String axis,
        @Schema(
                        description = "The plane of the slices; null where nothing says it.",
                        enumeration = {"axial", "coronal", "sagittal"},
                        nullable = true)
                @Nullable String plane,
        @Schema(
                        description = "The values that become black and white in all slices.",
                        minItems = 2,
                        maxItems = 2)
                List<Double> valueRange,
        @Schema(description = "How many slices it has.", minimum = "1") int slices,
        @Schema(description = "How many of them are answered.", minimum = "0") int slicesDone,
        @Schema(
                        description =
                                "Seconds until it is done, at the rate so far; null where that is not known.",
                        minimum = "0",
                        nullable = true)
                @Nullable Long secondsLeft,
        @Schema(description = "When it was sent, in UTC.") Instant createdAt,
        @Schema(
                        description =
                                "When it was begun, the last time after an interruption; null while it waits.",
                        nullable = true)
                @Nullable Instant startedAt,
        @Schema(description = "When it ended; null before that.", nullable = true)
                @Nullable Instant endedAt,
        @Schema(
                        description =
                                "When study and result go; the slices' answers stay. Null before it ended.",
                        nullable = true)
                @Nullable Instant expiresAt,
        @Schema(
                        description =
                                "What becomes of the segmentation in the archive; null where it is not to"
                                        + " go there.",
                        nullable = true)
                @Nullable PushView push,
        @Schema(description = "The labels, in the order of their values.") List<LabelView> labels,
        @Schema(
                        description =
                                "The network of volumes that segments it at once; null where the pool's"
                                        + " network does, slice by slice.",
                        nullable = true)
                @Nullable String network,
        @Schema(
                        description =
                                "The `id` of the recorded answer of the whole volume, see"
                                        + " `/v1/segmentations/{id}`; null where slices are asked one"
                                        + " by one, and before it is done.",
                        nullable = true)
                @Nullable UUID answer,
        @Schema(
                        description =
                                "The slices that are answered, in order; empty where all are"
                                        + " segmented at once.")
                List<SliceView> answers,
        @Schema(
                        description = "Address of the label map; null where it is not done.",
                        nullable = true)
                @Nullable String result,
        @Schema(
                        description =
                                "In which formats the label map can be had, as `as` names them;"
                                        + " `dicom-seg` of a DICOM series only.")
                List<String> formats,
        @Schema(description = "What this is not.") String notice) {
    private static final String NOTICE = "Research software, not a medical device.";

    /** What becomes of a segmentation in the archive. */
    @Schema(name = "StudyPush", description = "What becomes of a segmentation in the archive.")
    public record PushView(
            @Schema(
                            description =
                                    "`pending`: it is sent when the study is done, and again every minute"
                                            + " while the archive is away, as long as the study is kept.",
                            enumeration = {"pending", "stored", "failed"})
                    String state,
            @Schema(
                            description =
                                    "Why it is not there; null where it is, or nothing was tried yet.",
                            nullable = true)
                    @Nullable String reason) {}

    /** A label in the label map. */
    @Schema(name = "StudyLabel", description = "A label in the label map of a study.")
    public record LabelView(
            @Schema(description = "The label's name.") String label,
            @Schema(description = "Its value in the label map.", minimum = "1") int value,
            @Schema(
                            description = "Voxels inside; null where the study is not done.",
                            minimum = "0",
                            nullable = true)
                    @Nullable Long voxels,
            @Schema(
                            description =
                                    "Their volume; null where the study is not done or does not say its"
                                            + " spacing.",
                            minimum = "0",
                            nullable = true)
                    @Nullable Double millilitres) {}

    /** What became of a slice. */
    @Schema(name = "StudySlice", description = "What became of one slice of a study.")
    public record SliceView(
            @Schema(description = "Its number along the axis, from 0.", minimum = "0") int slice,
            @Schema(
                            description =
                                    "The `id` of its recorded answer, see `/v1/segmentations/{id}`; null"
                                            + " where it is of one value and was not asked.",
                            nullable = true)
                    @Nullable UUID answer,
            @Schema(
                            description =
                                    "Labels whose masks are not to be trusted, and why; empty where there"
                                            + " are none.")
                    Map<String, String> insufficientPrecedent) {
        static SliceView of(StudyAnswer.Slice slice) {
            return new SliceView(slice.number(), slice.answer(), slice.cautions());
        }
    }

    /**
     * @param now when it is looked at
     */
    public static StudyView of(StudyJob job, Instant now) {
        List<Long> voxels = job.voxels();
        List<LabelView> labels =
                IntStream.range(0, job.labels().size())
                        .mapToObj(i ->
                                label(
                                        job,
                                        i,
                                        voxels == null || voxels.size() <= i
                                                ? null
                                                : voxels.get(i)))
                        .toList();
        return new StudyView(
                job.id(),
                job.state().word(),
                job.reason(),
                job.name(),
                job.task(),
                job.pool(),
                job.poolVersion(),
                job.cut().axis(),
                job.cut().plane(),
                List.of(job.cut().low(), job.cut().high()),
                job.slices(),
                job.done(),
                job.left(now).map(left -> Math.max(1, left.toSeconds())).orElse(null),
                job.createdAt(),
                job.startedAt(),
                job.endedAt(),
                job.expiresAt(),
                push(job.push()),
                labels,
                job.volumeNetwork(),
                job.whole().orElse(null),
                job.volumeNetwork() == null
                        ? job.answers().stream().map(SliceView::of).toList()
                        : List.of(),
                job.state() == StudyJob.State.DONE ? "/v1/studies/" + job.id() + "/result" : null,
                Arrays.stream(StudyFormat.values())
                        .filter(format -> job.dicom() || format != StudyFormat.DICOM_SEG)
                        .map(StudyFormat::word)
                        .toList(),
                NOTICE);
    }

    private static @Nullable PushView push(StudyJob.@Nullable Push push) {
        return push == null ? null : new PushView(push.state().word(), push.reason());
    }

    private static LabelView label(StudyJob job, int index, @Nullable Long voxels) {
        double each = job.cut().voxelMm3();
        return new LabelView(
                job.labels().get(index),
                index + 1,
                voxels,
                voxels == null || !(each > 0) ? null : Math.round(voxels * each) / 1000.0);
    }
}
