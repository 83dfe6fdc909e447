package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.AccessException;
import org.precedent.access.ApiKeys;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;
import org.precedent.api.view.KeyView;

/** Keys of people and programs. */
@Path("/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Access", description = "Who may do what: keys, and what was done.")
@Blocking
public class KeyResource {
    private static final int LONGEST_DAYS = 3650;

    private final ApiKeys keys;
    private final StrictJson json;
    private final Caller caller;
    private final Clock clock;

    KeyResource(ApiKeys keys, StrictJson json, Caller caller, Clock clock) {
        this.keys = keys;
        this.json = json;
        this.caller = caller;
        this.clock = clock;
    }

    /** What a key is to be. */
    @Schema(name = "KeyDefinition", description = "What a key is to be.")
    public record KeyDefinition(
            @Schema(required = true, description = "Whom it is for; answers belong to the name.")
                    @Nullable String name,
            @Schema(
                            required = true,
                            description =
                                    "Roles: client, annotator, curator, auditor, operator; at least"
                                            + " one.")
                    @Nullable List<String> roles,
            @Schema(
                            description =
                                    "The site whose roles these are. Default: the caller's own,"
                                            + " for administrators `local`.")
                    @Nullable String site,
            @Schema(description = "Whether it is for every site; administrators only.")
                    @Nullable Boolean everySite,
            @Schema(description = "Names of the tasks it is limited to. Default: no limit.")
                    @Nullable List<String> tasks,
            @Schema(
                            description = "After how many days it proves nothing. Default: never.",
                            minimum = "1",
                            maximum = "3650")
                    @Nullable Integer days) {}

    @GET
    @Operation(
            summary = "The keys of the own site",
            description = "Newest first, revoked ones too, without their secrets.")
    @APIResponse(responseCode = "200", description = "The keys")
    public List<KeyView> list() {
        return keys.list(caller.scope()).stream().map(KeyView::of).toList();
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Make a key",
            description = "The answer is the only one that holds the key itself.")
    @RequestBody(
            required = true,
            description = "What the key is to be.",
            content = @Content(schema = @Schema(implementation = KeyDefinition.class)))
    @APIResponse(
            responseCode = "201",
            description = "The key, with its secret",
            content = @Content(schema = @Schema(implementation = KeyView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing is made")
    public Response create(@Nullable String definition) throws JsonProcessingException {
        if (definition == null || definition.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        KeyDefinition wanted = json.read("body", definition, KeyDefinition.class);
        Scope scope = caller.scope();
        boolean everySite = Boolean.TRUE.equals(wanted.everySite());
        if (everySite && !scope.everywhere()) {
            throw AccessException.forbidden(
                    scope.name() + " is of one site", "an administrator for keys of every site");
        }
        if (everySite && wanted.site() != null) {
            throw ServiceException.badParameter(
                    "body.site",
                    String.valueOf(wanted.site()),
                    "leave it out where everySite is true");
        }
        Set<Role> roles = new LinkedHashSet<>();
        for (String word : Forms.names("body.roles", wanted.roles())) {
            roles.add(Role.of(word));
        }
        Integer days = wanted.days();
        if (days != null && (days < 1 || days > LONGEST_DAYS)) {
            throw ServiceException.badParameter("body.days", days, "1 to " + LONGEST_DAYS);
        }
        ApiKeys.Made made =
                keys.create(
                        scope,
                        Objects.requireNonNullElse(wanted.name(), ""),
                        everySite ? null : Objects.requireNonNullElse(wanted.site(), scope.home()),
                        roles,
                        Set.copyOf(Forms.names("body.tasks", wanted.tasks())),
                        days == null ? null : clock.instant().plus(Duration.ofDays(days)));
        return Response.status(201).entity(KeyView.of(made)).build();
    }

    @DELETE
    @Path("/{key}")
    @Operation(
            summary = "Revoke a key",
            description = "From now on it proves nothing. It stays in the list. No body is read.")
    @APIResponse(responseCode = "200", description = "The key, revoked")
    @APIResponse(responseCode = "404", description = "There is no key of this id at the own site")
    public KeyView revoke(@Parameter(description = "The key's `id`") @PathParam("key") String key) {
        return KeyView.of(keys.revoke(caller.scope(), key));
    }
}
