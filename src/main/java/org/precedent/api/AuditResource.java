package org.precedent.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.access.Action;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;

/** What was done, by whom. */
@Path("/v1/audit")
@Tag(name = "Access")
@Blocking
public class AuditResource {
    private static final String LINES = "application/jsonl";

    private final AuditTrail audit;
    private final ObjectMapper json;
    private final Caller caller;

    AuditResource(AuditTrail audit, ObjectMapper json, Caller caller) {
        this.audit = audit;
        this.json = json;
        this.caller = caller;
    }

    @GET
    @Produces(LINES)
    @Operation(
            summary = "The audit trail of the own site",
            description =
                    "A JSON object a line, in order: sequence, at, who, roles, site, action, object,"
                            + " supports, outcome, previous, hash. `previous` is the hash of the"
                            + " entry before, of whichever site.")
    @APIResponse(
            responseCode = "200",
            description = "The entries",
            content = @Content(mediaType = LINES, schema = @Schema(type = SchemaType.STRING)))
    public StreamingOutput export() {
        Scope scope = caller.scope();
        scope.require(Action.READ_AUDIT);
        return out -> {
            // Not closed: the body's end is the framework's.
            BufferedWriter lines =
                    new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            audit.export(
                    scope,
                    entry -> {
                        try {
                            lines.write(json.writeValueAsString(entry));
                            lines.write('\n');
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            lines.flush();
        };
    }
}
