package org.precedent.cli;

import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.evaluation.protocol.SupportSize;
import org.precedent.query.Query;
import picocli.CommandLine.Option;

/** How many supports, which, and how they are weighed; the same for every command. */
final class SupportOptions {
    @Option(
            names = "--support-size",
            paramLabel = "K",
            description =
                    "supports a query, 1 to 1024; evaluate also takes full, large and small"
                            + " (default: ${DEFAULT-VALUE})")
    private String supportSize = Integer.toString(Query.DEFAULT_SUPPORTS);

    @Option(
            names = "--tau",
            paramLabel = "TAU|uniform",
            description =
                    "temperature of the weights, 1e-5 to 100 (default: the pool's where one was"
                            + " chosen, else uniform)")
    @Nullable String tau;

    @Option(
            names = "--strategy",
            description = "random, image, location, object or fused (default: image)")
    @Nullable String strategy;

    @Option(
            names = "--close-up",
            negatable = true,
            arity = "0", // --no-close-up=false would say nothing clear
            description =
                    "look at each label's answer again from nearer by, or never: better where"
                            + " objects are small and found roughly, for about twice the time"
                            + " (default: where the pool's own images gain by it)")
    @Nullable Boolean closeUp;

    /** What is asked about looking again. */
    CloseUps closeUps() {
        return closeUp == null ? CloseUps.POOL : closeUp ? CloseUps.TRUE : CloseUps.FALSE;
    }

    /**
     * Refuses a second look where there is none.
     *
     * @param where there is one
     */
    void requireOneLook(String where) {
        if (closeUps() == CloseUps.TRUE) {
            throw ServiceException.badParameter("--close-up", "given", where);
        }
    }

    /**
     * Refuses to be told how often answers are looked at where there are none.
     *
     * @param where there are some
     */
    void requireNothingAboutLooks(String where) {
        if (closeUp != null) {
            throw ServiceException.badParameter(
                    closeUp ? "--close-up" : "--no-close-up", "given", where);
        }
    }

    /** K as a number. */
    int number() {
        try {
            return Integer.parseInt(supportSize);
        } catch (NumberFormatException e) {
            throw ServiceException.badParameter(
                    "--support-size",
                    supportSize,
                    "a whole number from 1 to " + Query.MOST_SUPPORTS);
        }
    }

    /** K as a number or one of the papers' sizes. */
    SupportSize size() {
        return SupportSize.parse(supportSize);
    }
}
