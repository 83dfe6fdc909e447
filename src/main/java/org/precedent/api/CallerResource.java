package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Action;
import org.precedent.access.Identity;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;

/** Who one is here, so that a client offers only what one may do. */
@Path("/v1/me")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Access")
@Blocking
public class CallerResource {
    private final Caller caller;

    CallerResource(Caller caller) {
        this.caller = caller;
    }

    /** Whoever asks. */
    @Schema(name = "Me", description = "Who asks, and what that one may do.")
    public record CallerView(
            @Schema(description = "The name that answers and audit know.") String name,
            @Schema(
                            description = "The site whose roles these are; null for every site.",
                            nullable = true)
                    @Nullable String site,
            @Schema(description = "The roles.") List<String> roles,
            @Schema(description = "The tasks that one is limited to; empty for no limit.")
                    List<String> tasks,
            @Schema(
                            description =
                                    "What one may do, of what one may see: `ask`, `judge`, `review`, ...")
                    List<String> actions) {
        static CallerView of(Scope scope) {
            Identity identity = scope.identity();
            return new CallerView(
                    identity.name(),
                    identity.site(),
                    identity.roles().stream().map(Role::word).sorted().toList(),
                    identity.tasks().stream().sorted().toList(),
                    Arrays.stream(Action.values()).filter(scope::may).map(Action::word).toList());
        }
    }

    @GET
    @Operation(
            summary = "Who one is, and what one may do",
            description = "By the key, token or session that the request came with.")
    @APIResponse(responseCode = "200", description = "The caller")
    public CallerView get() {
        return CallerView.of(caller.scope());
    }
}
