package org.precedent.api.view;

import java.time.Instant;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.adaptation.Adaptation;

/** An adaptation as shown to people and clients. */
@Schema(
        name = "Adaptation",
        description = "The network trained further on a pool: the work, and what came of it.")
public record AdaptationView(
        @Schema(description = "Its id.") UUID id,
        @Schema(description = "The task's name.") String task,
        @Schema(description = "The pool's name.") String pool,
        @Schema(description = "The version whose images are learnt from.", minimum = "1")
                int poolVersion,
        @Schema(
                        description =
                                "`waiting` for others, `running`, `paused`; `done`, `cancelled`, `failed`, or"
                                        + " `withdrawn` because something that it had learnt from was erased.",
                        enumeration = {
                            "waiting",
                            "running",
                            "paused",
                            "done",
                            "cancelled",
                            "failed",
                            "withdrawn"
                        })
                String state,
        @Schema(description = "What is done at the moment, in one word.") String phase,
        @Schema(description = "Share of the work that is done.", minimum = "0", maximum = "1")
                double progress,
        @Schema(description = "Steps of training made.", minimum = "0") int steps,
        @Schema(description = "Seconds of training.", minimum = "0") double seconds,
        @Schema(description = "Minutes asked for; null for steps.", nullable = true)
                @Nullable Double budgetMinutes,
        @Schema(description = "Steps asked for; null for minutes.", nullable = true)
                @Nullable Integer budgetSteps,
        @Schema(description = "What drew patients and episodes.") long seed,
        @Schema(description = "The network.") String network,
        @Schema(
                        description = "SHA-256 of the weights that training started from.",
                        pattern = "[0-9a-f]{64}")
                String adaptedFrom,
        @Schema(
                        description =
                                "SHA-256 of the adapted weights; null before the end and where the gate is"
                                        + " closed.",
                        pattern = "[0-9a-f]{64}",
                        nullable = true)
                @Nullable String weightsSha256,
        @Schema(
                        description =
                                "Whether these weights may answer for the pool: the gate is open and nobody"
                                        + " took them back. Of several, those of the latest version answer.")
                boolean open,
        @Schema(
                        description = "What patients held back said; null before they were asked.",
                        nullable = true)
                @Nullable GateView gate,
        @Schema(description = "Why it failed; null where it did not.", nullable = true)
                @Nullable String failure,
        @Schema(description = "Who asked for it.") String actor,
        @Schema(description = "When.") Instant createdAt,
        @Schema(description = "When it ended; null before.", nullable = true)
                @Nullable Instant finishedAt,
        @Schema(description = "When it was taken back; null where it was not.", nullable = true)
                @Nullable Instant revertedAt) {

    /** What patients held back said. */
    @Schema(name = "AdaptationGate", description = "What patients held back said.")
    public record GateView(
            @Schema(description = "Whether the adapted weights may answer.") boolean open,
            @Schema(description = "Mean gain of Dice, over patients.") double gain,
            @Schema(description = "The same without the patient who gained most.")
                    double gainWithoutBest,
            @Schema(description = "How many were asked about.", minimum = "0") int patients,
            @Schema(description = "Mean Dice with the weights of before.") double before,
            @Schema(description = "Mean Dice with the adapted weights.") double after,
            @Schema(description = "Why it is open or closed.") String reason) {}

    public static AdaptationView of(Adaptation one) {
        Adaptation.Gate gate = one.gate();
        Double seconds = one.budget().seconds();
        return new AdaptationView(
                one.id(),
                one.task(),
                one.pool(),
                one.poolVersion(),
                one.state().word(),
                one.progress().phase(),
                one.progress().done(),
                one.progress().steps(),
                one.progress().seconds(),
                seconds == null ? null : seconds / 60,
                one.budget().steps(),
                one.budget().seed(),
                one.network(),
                one.baseWeightsSha256(),
                one.weightsSha256(),
                one.isOpen(),
                gate == null
                        ? null
                        : new GateView(
                                gate.open(),
                                gate.gain(),
                                gate.gainWithoutBest(),
                                gate.patients(),
                                gate.before(),
                                gate.after(),
                                gate.reason()),
                one.failure(),
                one.actor(),
                one.createdAt(),
                one.finishedAt(),
                one.revertedAt());
    }
}
