package org.precedent.dicomweb;

import io.smallrye.config.ConfigMapping;
import java.net.URI;
import java.util.Optional;

/** The archive, {@code precedent.dicomweb.x} or {@code PRECEDENT_DICOMWEB_X}. */
@ConfigMapping(prefix = "precedent.dicomweb")
public interface DicomWebConfig {
    /** Where its {@code /studies} is, e.g. {@code http://orthanc:8042/dicom-web}. */
    Optional<URI> url();

    /** Of basic authentication, with {@link #password}. */
    Optional<String> user();

    Optional<String> password();

    /** A bearer token, instead of a user. */
    Optional<String> token();
}
