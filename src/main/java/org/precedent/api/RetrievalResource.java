package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.precedent.api.access.Caller;
import org.precedent.api.view.RetrievalView;
import org.precedent.query.QueryService;

/** Only the supports of a query. */
@Path("/v1/retrievals")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Retrievals", description = "The supports of a query, without an answer.")
@Blocking
public class RetrievalResource {
    private final QueryService queries;
    private final Caller caller;

    RetrievalResource(QueryService queries, Caller caller) {
        this.queries = queries;
        this.caller = caller;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "The supports that an image's segmentation would rest on",
            description =
                    "Chooses and weighs the annotated images of the pool for each label, as a"
                            + " segmentation would, and segments nothing. Nothing is recorded.")
    @APIResponse(
            responseCode = "200",
            description = "The supports of each label with their weights",
            content = @Content(schema = @Schema(implementation = RetrievalView.class)))
    @RequestBody(
            required = true,
            description = "The image, the task, and how to choose supports.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = QueryForm.Described.class)))
    public RetrievalView post(MultipartFormDataInput form) {
        return RetrievalView.of(queries.retrieve(caller.scope(), QueryForm.toRetrieve(form)));
    }
}
