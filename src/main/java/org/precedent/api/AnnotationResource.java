package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.query.QueryService;

/** What a support looks like. */
@Path("/v1/annotations")
@Tag(name = "Annotations")
@Blocking
public class AnnotationResource {
    private final QueryService queries;

    AnnotationResource(QueryService queries) {
        this.queries = queries;
    }

    @GET
    @Path("/{id}/overlay.png")
    @Produces("image/png")
    @Operation(summary = "An annotated image with its mask drawn on it, for people")
    public byte[] overlay(long id) {
        return queries.annotationOverlayPng(id);
    }
}
