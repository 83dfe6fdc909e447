package org.precedent.study;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A study that was sent, and how far it is.
 *
 * @param task its name
 * @param pool its name
 * @param poolVersion that every slice is answered from
 * @param name of the file, or of the study where it came in several
 * @param labels in the order of their values, from 1
 * @param cut how the volume becomes slices
 * @param slices how many there are
 * @param done how many have been answered
 * @param reason why it failed; null where it did not
 * @param network that answered, and its weights' SHA-256; empty where no slice was asked yet
 * @param voxels how many each label has, in their order; null until it is done
 * @param startedAt when it was begun, the last time; null while it waits
 * @param startedDone how many slices were done then
 * @param endedAt null while it waits or runs
 * @param expiresAt when it goes with its files; null while it waits or runs
 * @param push what becomes of its segmentation in the archive; null where it does not go there
 * @param volumeNetwork the network of volumes that segments it at once; null where the pool's does,
 *     slice by slice
 * @param dicom whether a DICOM segmentation can refer to it; true where that was not recorded
 * @param answers of the slices that are done, in order; of a volume that was segmented at once its
 *     only answer, as the first slice's
 */
public record StudyJob(
        UUID id,
        String task,
        String pool,
        int poolVersion,
        String name,
        List<String> labels,
        Cut cut,
        int slices,
        int done,
        State state,
        @Nullable String reason,
        String network,
        @Nullable List<Long> voxels,
        Instant createdAt,
        @Nullable Instant startedAt,
        int startedDone,
        @Nullable Instant endedAt,
        @Nullable Instant expiresAt,
        @Nullable Push push,
        @Nullable String volumeNetwork,
        boolean dicom,
        List<StudyAnswer.Slice> answers) {

    /** Where a study is on its way. */
    public enum State {
        QUEUED,
        RUNNING,
        DONE,
        CANCELLED,
        FAILED;

        /** As it is written in answers and tables. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        /** Whether nothing more becomes of it. */
        public boolean ended() {
            return this != QUEUED && this != RUNNING;
        }
    }

    /**
     * What becomes of a segmentation in the archive.
     *
     * @param reason why it is not there; null where it is, or nothing was tried yet
     */
    public record Push(PushState state, @Nullable String reason) {
        static final Push PENDING = new Push(PushState.PENDING, null);
    }

    /** Whether a segmentation is in the archive. */
    public enum PushState {
        /** It is sent when the study is done, and again every minute while the archive is away. */
        PENDING,
        STORED,
        FAILED;

        /** As it is written in answers and tables. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static PushState of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /**
     * How a volume becomes slices.
     *
     * @param axis i, j or k
     * @param plane of the slices; null where the orientation is unknown
     * @param low the value that becomes black
     * @param high the value that becomes white
     * @param voxelMm3 the volume of a voxel; 0 where it is not known
     */
    public record Cut(
            String axis, @Nullable String plane, double low, double high, double voxelMm3) {}

    public StudyJob {
        labels = List.copyOf(labels);
        voxels = voxels == null ? null : List.copyOf(voxels);
        answers = List.copyOf(answers);
    }

    /**
     * The recorded answer of the whole volume; empty where slices were asked, or it is not done.
     */
    public Optional<UUID> whole() {
        return volumeNetwork == null
                ? Optional.empty()
                : answers.stream().map(StudyAnswer.Slice::answer).findFirst();
    }

    /**
     * How long it will take from now on, by the slices that are done since it was begun; empty
     * where none is.
     */
    public Optional<Duration> left(Instant now) {
        int measured = done - startedDone;
        if (state != State.RUNNING || startedAt == null || measured < 1) {
            return Optional.empty();
        }
        return Optional.of(
                Duration.between(startedAt, now).multipliedBy(slices - done).dividedBy(measured));
    }
}
