package org.precedent.api.access;

import io.quarkus.runtime.BlockingOperationControl;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.ext.Provider;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jboss.logging.Logger;
import org.precedent.access.AuditTrail;
import org.precedent.access.Disclosure;
import org.precedent.access.Scope;

/**
 * Writes who did what into the audit before it is answered: an answer that cannot be written down
 * is not given.
 */
@Provider
public class AuditedRequests implements ContainerResponseFilter {
    private static final Logger LOG = Logger.getLogger(AuditedRequests.class);

    private final SecurityIdentity current;
    private final AuditTrail audit;
    private final AuditNote note;
    private final ExecutorService workers;

    AuditedRequests(
            SecurityIdentity current, AuditTrail audit, AuditNote note, ExecutorService workers) {
        this.current = current;
        this.audit = audit;
        this.note = note;
        this.workers = workers;
    }

    /** UIDs of an archive's objects are identifying: the note says which study of ours it was. */
    private static String shown(String path) {
        return ViewerAddress.isOfObjects(path)
                ? path.replaceAll("(studies|series|instances)/[^/]+", "$1/*")
                : path;
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        String path = request.getUriInfo().getRequestUri().getRawPath();
        Optional<Scope> scope = Caller.scope(current);
        if (!path.startsWith("/v1/") && !ViewerAddress.isOf(path) || scope.isEmpty()) {
            return;
        }
        Collection<Long> supports =
                response.getEntity() instanceof Disclosure answer
                        ? answer.disclosedAnnotations()
                        : note.annotations();
        String object =
                (response.getStatus() == 201 || response.getStatus() == 202)
                                && response.getLocation() != null
                        ? path + " " + response.getLocation().getPath()
                        : shown(path) + note.subject();
        Runnable write =
                () ->
                        audit.record(
                                scope.get(),
                                request.getMethod(),
                                object,
                                supports,
                                Integer.toString(response.getStatus()));
        if (BlockingOperationControl.isBlockingAllowed()) {
            write.run();
        } else {
            // Refused by the framework itself before any resource saw it: it disclosed nothing.
            workers.execute(() -> {
                try {
                    write.run();
                } catch (RuntimeException e) {
                    LOG.warnf(e, "a refusal is not in the audit");
                }
            });
        }
    }
}
