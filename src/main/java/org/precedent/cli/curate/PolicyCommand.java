package org.precedent.cli.curate;

import java.util.List;
import org.precedent.ServiceException;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a pool allows. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = {
            "Says what a pool allows. --own-study on lets annotated slices of a study support its",
            "other slices: the nearest approved one on either side, of the same patient and series,",
            "beside the pool's supports; never a slice itself. Without it, nothing of a query's",
            "patient is a support. Recorded answers keep the policy that they were made with."
        },
        footerHeading = "%nExample:%n",
        footer = "  precedent curate policy --task hippocampus --own-study on")
final class PolicyCommand extends VersionCommands.OfPool {
    @Option(
            names = "--own-study",
            paramLabel = "on|off",
            required = true,
            description = "whether annotated slices of a study support its other slices")
    private String ownStudy = "";

    @Override
    public Integer call() {
        boolean allowed =
                switch (ownStudy) {
                    case "on" -> true;
                    case "off" -> false;
                    default ->
                            throw ServiceException.badParameter(
                                    "--own-study", ownStudy, "on or off");
                };
        Scope scope = Scope.machine();
        Pool changed = bean(PoolPolicies.class).allowOwnStudy(scope, task, pool, allowed);
        bean(AuditTrail.class)
                .record(
                        scope,
                        "policy",
                        "task " + task + " pool " + changed.name(),
                        List.of(),
                        "own-study " + ownStudy);
        say(
                "pool %s of task %s: annotated slices of a study %s its other slices",
                changed.name(), task, changed.ownStudy() ? "support" : "do not support");
        return 0;
    }
}
