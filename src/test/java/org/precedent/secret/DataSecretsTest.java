package org.precedent.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSecretsTest {
    private static final String SECRET = "0123456789abcdef".repeat(4);

    @TempDir Path data;

    @Test
    void keysAreDerivedByAFormatThatDoesNotChange() throws Exception {
        DataSecrets secrets = DataSecrets.open(data, Optional.of(SECRET), true);
        for (Purpose purpose : Purpose.values()) {
            byte[] key =
                    hmac(HexFormat.of().parseHex(SECRET), "precedent " + purpose.word() + "\1");
            assertThat(secrets.key(purpose)).isEqualTo(key);
            assertThat(secrets.hash(purpose, "a", "", "b")).isEqualTo(hmac(key, "a\0\0b"));
        }
        // As computed by another implementation (Python's hmac).
        assertThat(HexFormat.of().formatHex(secrets.hash(Purpose.PATIENTS, "p-1")))
                .isEqualTo("6a07f7ed7eec299a94dc5e120ae402b4aad48a7229ebe0d6c294c3480b52034b");
        assertThat(Stream.of(Purpose.values()).map(secrets::fingerprint))
                .doesNotHaveDuplicates()
                .allMatch(text -> text.matches("[0-9a-f]{32}"));
        assertThat(data).as("a setting is not written down").isEmptyDirectory();
    }

    @Test
    void aSecretIsMadeOnceHoweverManyStartAtATime() throws IOException {
        List<String> all =
                IntStream.range(0, 16)
                        .parallel()
                        .mapToObj(i -> DataSecrets.open(data, Optional.empty(), true))
                        .map(one -> one.fingerprint(Purpose.IMAGES))
                        .toList();
        assertThat(all).hasSize(16).containsOnly(all.getFirst());
        assertThat(data.toFile().list()).containsExactly(DataSecrets.FILE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file())).matches("[0-9a-f]{64}\n");
    }

    @Test
    void aSecretThatIsNotThereIsMadeOnlyWhereItMayBe() {
        refused(SecretException.Code.MISSING, Optional.empty(), "secret.key", false);
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void filesOfSinglePurposesRemainTheirKeys() throws Exception {
        byte[] pseudonyms = new byte[32];
        Arrays.fill(pseudonyms, (byte) 0xA7);
        byte[] erasures = new byte[32];
        Arrays.fill(erasures, (byte) 0x11);
        DataSecrets before = DataSecrets.open(data, Optional.of(SECRET), true);
        write("pseudonym.key", pseudonyms);
        write(
                "erasure.secret",
                HexFormat.of().formatHex(erasures).getBytes(StandardCharsets.US_ASCII));
        DataSecrets secrets = DataSecrets.open(data, Optional.of(SECRET), true);
        assertThat(secrets.key(Purpose.PSEUDONYMS)).isEqualTo(pseudonyms);
        // A tombstone as the version before made it.
        assertThat(secrets.hash(Purpose.ERASURES, "patient", "site", "p"))
                .isEqualTo(hmac(erasures, "patient\0site\0p"));
        for (Purpose same : List.of(Purpose.PATIENTS, Purpose.IMAGES)) {
            assertThat(secrets.key(same)).isEqualTo(before.key(same));
        }
    }

    @Test
    void whatOthersMayReadIsRefused() throws IOException {
        for (String name : DataSecrets.files()) {
            Path file = data.resolve(name);
            write(name, SECRET.getBytes(StandardCharsets.US_ASCII));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            refused(SecretException.Code.OPEN_TO_OTHERS, Optional.empty(), file.toString(), true);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        DataSecrets.open(data, Optional.empty(), false);
    }

    @Test
    void whatIsNoSecretIsRefusedAndNotShown() throws IOException {
        for (String wrong : List.of("", "0123", "x" + SECRET.substring(1), SECRET.substring(2))) {
            SecretException refusal =
                    refused(
                            SecretException.Code.MALFORMED,
                            Optional.of(wrong),
                            "precedent.secret.key",
                            true);
            assertThat(refusal.getMessage()).contains("64 hexadecimal digits");
            if (!wrong.isEmpty()) {
                assertThat(refusal.getMessage()).doesNotContain(wrong);
            }
        }
        write("erasure.secret", "zz".getBytes(StandardCharsets.US_ASCII));
        refused(SecretException.Code.MALFORMED, Optional.of(SECRET), "erasure.secret", true);
    }

    @Test
    void fileAndSettingMustBeOneSecret() throws IOException {
        write(DataSecrets.FILE, (SECRET + "\n").getBytes(StandardCharsets.US_ASCII));
        DataSecrets.open(data, Optional.of(SECRET), true);
        refused(
                SecretException.Code.OTHER,
                Optional.of("f".repeat(64)),
                "precedent.secret.key",
                true);
    }

    private SecretException refused(
            SecretException.Code code, Optional<String> setting, String named, boolean make) {
        SecretException[] refusal = new SecretException[1];
        assertThatThrownBy(() -> DataSecrets.open(data, setting, make))
                .isInstanceOfSatisfying(
                        SecretException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(code);
                            refusal[0] = e;
                        })
                .hasMessageContaining(named);
        return refusal[0];
    }

    private Path file() {
        return data.resolve(DataSecrets.FILE);
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(data.resolve(name), content);
        Files.setPosixFilePermissions(
                data.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
