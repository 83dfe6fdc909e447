package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.ReviewState;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.IndexException;

/**
 * Entries and locations as documents, and back. Changing anything here is a new {@link
 * IndexState#FORMAT}.
 */
final class Documents {
    /** What is read of an entry. */
    static final String ENTRY_FIELDS = "id,image,item,floats,site,patient,pixels,memberships";

    /** What is read of a neighbour. */
    static final String NEIGHBOUR_FIELDS = "image,item,floats,score";

    private Documents() {}

    static ObjectNode write(IndexEntry entry) {
        ObjectNode document = document(entry.imageId(), entry.item(), entry.vector());
        document.put("site", Filters.word(entry.site()));
        document.put("patient", Filters.word(entry.patientKey()));
        document.put("pixels", Filters.word(entry.pixelsSha256()));
        ArrayNode members = document.putArray("member");
        entry.memberships().stream()
                .flatMap(membership -> VersionTokens.of(membership).stream())
                .distinct()
                .forEach(members::add);
        document.put(
                "memberships",
                entry.memberships().stream().map(Documents::text).collect(Collectors.joining(";")));
        return document;
    }

    /** The locations of one image. */
    static List<ObjectNode> write(UUID image, List<Location> locations) {
        List<ObjectNode> documents = new ArrayList<>(locations.size());
        for (Location location : locations) {
            ObjectNode document = document(image, location.cell(), location.vector());
            if (documents.isEmpty()) {
                document.put("head", "1");
            }
            documents.add(document);
        }
        return documents;
    }

    private static ObjectNode document(UUID image, long item, float[] vector) {
        ObjectNode document = SolrHttp.JSON.createObjectNode();
        document.put("image", image.toString());
        document.put("item", item);
        ArrayNode components = document.putArray("vector");
        ByteBuffer floats = ByteBuffer.allocate(vector.length * Float.BYTES);
        for (float component : vector) {
            components.add(component);
            floats.putFloat(component);
        }
        document.put("floats", Base64.getEncoder().encodeToString(floats.array()));
        return document;
    }

    static UUID image(JsonNode document) {
        return UUID.fromString(document.path("image").asText());
    }

    static long item(JsonNode document) {
        return document.path("item").asLong();
    }

    /** The vector to the bit. */
    static float[] vector(JsonNode document) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(document.path("floats").asText()));
        float[] vector = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(vector);
        return vector;
    }

    static IndexEntry entry(JsonNode document) {
        try {
            List<Membership> memberships = new ArrayList<>();
            for (String text : document.path("memberships").asText().split(";")) {
                memberships.add(membership(text.split(",")));
            }
            return new IndexEntry(
                    image(document),
                    item(document),
                    vector(document),
                    document.path("site").asText().substring(1),
                    document.path("patient").asText().substring(1),
                    document.path("pixels").asText().substring(1),
                    memberships);
        } catch (RuntimeException e) { // somebody else has written it
            throw IndexException.of(
                    IndexException.Code.CORRUPT,
                    "document " + document.path("id").asText() + " is none of an image",
                    e);
        }
    }

    private static String text(Membership membership) {
        return "%d,%d,%s,%d,%d"
                .formatted(
                        membership.poolId(),
                        membership.labelId(),
                        membership.state().name().toLowerCase(Locale.ROOT),
                        membership.fromVersion(),
                        membership.untilVersion());
    }

    private static Membership membership(String[] parts) {
        return new Membership(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                ReviewState.valueOf(parts[2].toUpperCase(Locale.ROOT)),
                Integer.parseInt(parts[3]),
                Integer.parseInt(parts[4]));
    }
}
