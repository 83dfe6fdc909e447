package org.precedent.dicomweb;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * Where an archive is and how much of it is borne.
 *
 * @param url of its DICOMweb root, without a slash at its end
 * @param authorization the header's value; empty for none
 * @param silence how long it may say nothing before it is given up
 * @param maxInstanceBytes of one object
 */
public record Archive(URI url, String authorization, Duration silence, long maxInstanceBytes) {
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final long MAX_INSTANCE_BYTES = 1L << 30;

    public Archive {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        boolean web = scheme.equals("http") || scheme.equals("https");
        if (!web || url.getHost() == null || url.getQuery() != null || url.getUserInfo() != null) {
            throw new DicomWebException(
                    DicomWebException.Code.ADDRESS,
                    "the archive's address is '"
                            + url
                            + "', expected http://HOST:PORT/PATH or https, without a user in it:"
                            + " set precedent.dicomweb.url (PRECEDENT_DICOMWEB_URL)",
                    null);
        }
        String text = url.toString();
        if (text.endsWith("/")) {
            url = URI.create(text.replaceAll("/+$", ""));
        }
    }

    /** An archive that asks nobody who they are. */
    public static Archive of(URI url) {
        return new Archive(url, "", SILENCE, MAX_INSTANCE_BYTES);
    }

    /** The archive of the configuration; empty where there is none. */
    public static Optional<Archive> of(DicomWebConfig config) {
        return config.url()
                .map(url -> {
                    Archive archive = Archive.of(url);
                    return config.token()
                            .map(archive::withToken)
                            .or(() ->
                                    config.user()
                                            .map(user ->
                                                    archive.withUser(
                                                            user, config.password().orElse(""))))
                            .orElse(archive);
                });
    }

    public Archive withUser(String user, String password) {
        byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        String basic = "Basic " + Base64.getEncoder().encodeToString(both);
        return new Archive(url, basic, silence, maxInstanceBytes);
    }

    public Archive withToken(String token) {
        return new Archive(url, "Bearer " + token, silence, maxInstanceBytes);
    }

    /** Without what only the archive should see. */
    @Override
    public String toString() {
        return url.toString();
    }
}
