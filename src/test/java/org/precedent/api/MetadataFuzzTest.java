package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.fuzz.Fuzzing;

/** The metadata of an image, damaged: read, or refused with its field. */
class MetadataFuzzTest {
    @Test
    void metadata() throws Exception {
        StrictJson json = new StrictJson(new ObjectMapper());
        String whole =
                "{\"task\":\"abdomen\",\"patient\":\"p1\",\"site\":\"north\",\"pool\":\"default\","
                        + "\"modality\":\"CT\",\"series\":\"s\",\"sliceIndex\":3,\"spacingMm\":[1,1,2.5],"
                        + "\"originMm\":[0,0,-7],\"direction\":[1,0,0,0,1,0,0,0,1],"
                        + "\"labelValues\":{\"liver\":\"1\"},\"ignoreUnknownValues\":true,\"samePixels\":\"allow\"}";
        new Fuzzing("metadata", 16L << 20, JsonProcessingException.class, DomainException.class)
                .seed("metadata", whole.getBytes(StandardCharsets.UTF_8))
                .run(
                        2000,
                        (bytes, name) -> {
                            try {
                                json.read(
                                        "metadata",
                                        new String(bytes, StandardCharsets.UTF_8),
                                        ImageResource.Metadata.class);
                            } catch (JsonProcessingException e) {
                                StrictJson.field(e);
                                StrictJson.complaint(e);
                                throw e;
                            }
                        });
    }
}
