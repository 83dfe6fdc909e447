package org.precedent.catalog.adaptation;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One adaptation of a network to a pool: the work, and what came of it.
 *
 * @param task its name
 * @param pool its name
 * @param poolVersion the version whose images are learnt from
 * @param network the name of the network, mirrored or not
 * @param baseWeightsSha256 the weights that training starts from
 * @param actor who asked for it
 * @param progress how far it is
 * @param failure why it failed; null where it did not
 * @param finishedAt null while it has not
 * @param gate what the patients held back said; null before they were asked
 * @param weightsSha256 the adapted weights; null before the end and where the gate is closed
 * @param revertedAt when it was taken back; null where it was not
 * @param revertedBy who took it back
 */
public record Adaptation(
        UUID id,
        String task,
        String pool,
        int poolId,
        int poolVersion,
        String network,
        String baseWeightsSha256,
        Budget budget,
        String actor,
        Instant createdAt,
        State state,
        Progress progress,
        @Nullable String failure,
        @Nullable Instant finishedAt,
        @Nullable Gate gate,
        @Nullable String weightsSha256,
        @Nullable Instant revertedAt,
        @Nullable String revertedBy) {

    /** What an adaptation is at. */
    public enum State {
        /** Others come first. */
        WAITING,
        /** It trains, or will as soon as a service runs. */
        RUNNING,
        /** It was told to wait, and goes on from where it is when it is told so. */
        PAUSED,
        /** It ended by itself. */
        DONE,
        /** It was ended by somebody. */
        CANCELLED,
        /** It could not go on. */
        FAILED,
        /** Something that it was fitted to was erased. */
        WITHDRAWN;

        /** The state as tables and answers have it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        /** Whether there is something left to do. */
        public boolean isUnfinished() {
            return switch (this) {
                case WAITING, RUNNING, PAUSED -> true;
                case DONE, CANCELLED, FAILED, WITHDRAWN -> false;
            };
        }
    }

    /**
     * How much is trained: either a number of steps or a time.
     *
     * @param steps or null
     * @param seconds of training, or null
     * @param seed of the patients held back, of episodes and of the gate's supports
     */
    public record Budget(@Nullable Integer steps, @Nullable Double seconds, long seed) {}

    /**
     * How far it is.
     *
     * @param phase in one word
     * @param done share of the whole work, in [0, 1]
     * @param steps made
     * @param seconds of training
     */
    public record Progress(String phase, double done, int steps, double seconds) {}

    /**
     * What the patients held back said.
     *
     * @param open whether the adapted weights may answer
     * @param gain of Dice, mean over patients
     * @param gainWithoutBest the same without the patient who gained most
     * @param before mean Dice with the weights of before
     * @param after with the adapted ones
     * @param reason for people
     */
    public record Gate(
            boolean open,
            double gain,
            double gainWithoutBest,
            int patients,
            double before,
            double after,
            String reason) {}

    /**
     * Where work that is under way is written to, so that it goes on after the end of a process.
     *
     * @param data the data directory
     */
    public static Path checkpoint(Path data, UUID id) {
        return data.resolve("adaptation").resolve(id + ".checkpoint");
    }

    /** Whether its weights could answer: its gate is open and nobody took it back. */
    public boolean isOpen() {
        return state == State.DONE && gate != null && gate.open() && revertedAt == null;
    }
}
