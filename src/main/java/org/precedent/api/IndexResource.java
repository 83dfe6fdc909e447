package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.access.Action;
import org.precedent.api.access.Caller;
import org.precedent.api.view.IndexView;
import org.precedent.projection.ProjectionStates;

/** What {@code precedent index status} prints. */
@Path("/v1/index")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Indexes", description = "How indexes follow the record.")
@Blocking
public class IndexResource {
    private final ProjectionStates states;
    private final Caller caller;

    IndexResource(ProjectionStates states, Caller caller) {
        this.states = states;
        this.caller = caller;
    }

    @GET
    @Operation(
            summary = "How far indexes and encodings follow the record",
            description =
                    "And which images they leave out because their bytes are lost or damaged, or"
                            + " an encoder fails on them. These are tried again once a minute.")
    @APIResponse(responseCode = "200", description = "The state at this moment")
    public IndexView status() {
        caller.scope().require(Action.OPERATE);
        return IndexView.of(states);
    }
}
