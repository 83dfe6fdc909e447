package org.precedent.cli.archive;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.dicomweb.Archive;
import picocli.CommandLine.Option;

/** Which archive. Who asks it is never an option: other users see the options of a process. */
final class ArchiveOptions {
    private static final String URL = "precedent.dicomweb.url";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = {
                "The archive's DICOMweb root, e.g. http://orthanc:8042/dicom-web. Default:",
                "PRECEDENT_DICOMWEB_URL. Credentials are read from PRECEDENT_DICOMWEB_USER and",
                "PRECEDENT_DICOMWEB_PASSWORD, or PRECEDENT_DICOMWEB_TOKEN."
            })
    private @Nullable String url;

    /** The archive that options and settings name. */
    Archive archive() {
        String text = url != null ? url : setting(URL).orElse("");
        if (text.isBlank()) {
            throw ServiceException.badParameter(
                    "--url", "", "the archive's address, here or in PRECEDENT_DICOMWEB_URL");
        }
        Archive archive;
        try {
            archive = Archive.of(new URI(text));
        } catch (URISyntaxException e) {
            throw ServiceException.badParameter("--url", text, "an address: " + e.getReason());
        }
        Optional<String> token = setting("precedent.dicomweb.token");
        if (token.isPresent()) {
            return archive.withToken(token.get());
        }
        Optional<String> user = setting("precedent.dicomweb.user");
        return user.isPresent()
                ? archive.withUser(user.get(), setting("precedent.dicomweb.password").orElse(""))
                : archive;
    }

    private static Optional<String> setting(String property) {
        String variable = property.toUpperCase(Locale.ROOT).replace('.', '_');
        return Optional.ofNullable(System.getProperty(property))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .filter(value -> !value.isBlank());
    }
}
