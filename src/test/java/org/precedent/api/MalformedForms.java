package org.precedent.api;

import java.util.Arrays;
import java.util.List;
import org.precedent.phantom.Phantoms.Phantom;

/** Metadata, forms and queries that are not what they have to be. */
final class MalformedForms extends MalformedUploads {
    MalformedForms(String task, Phantom phantom) {
        super(task, phantom);
        metadata();
        forms();
        queries();
    }

    // ---- metadata

    private void metadata() {
        kind(
                "metadata that is no JSON object",
                random ->
                        metadata(
                                any(
                                        random,
                                        List.of(
                                                "",
                                                " ",
                                                "null",
                                                "[]",
                                                "7",
                                                "\"p\"",
                                                "{",
                                                "{\"task\":",
                                                "{'task':'x'}",
                                                "\u0000",
                                                "<xml/>"))));
        kind(
                "metadata with more behind it or twice in it",
                random -> {
                    String object = "{\"task\":\"%s\",\"patient\":\"p\"%s}";
                    return metadata(
                            random.nextBoolean()
                                    ? object.formatted(task, ",\"patient\":\"q\"")
                                    : object.formatted(task, "") + " {}");
                });
        kind(
                "deep nesting",
                random -> {
                    int depth = 500 + random.nextInt(50_000);
                    String opened = any(random, List.of("[", "{\"a\":"));
                    return metadata(
                            "{\"task\":\"%s\",\"patient\":\"p\",\"labelValues\":%s"
                                    .formatted(task, opened.repeat(depth)));
                });
        kind(
                "metadata of a wrong type or range",
                random ->
                        field(
                                any(
                                        random,
                                        List.of(
                                                "\"sliceIndex\":-1",
                                                "\"sliceIndex\":1.5",
                                                "\"sliceIndex\":1e400",
                                                "\"sliceIndex\":" + "9".repeat(2000),
                                                "\"sliceIndex\":{}",
                                                "\"spacingMm\":[1,1]",
                                                "\"spacingMm\":[1,1,0]",
                                                "\"spacingMm\":[1,1,-1e308]",
                                                "\"spacingMm\":[1,1,1e999]",
                                                "\"spacingMm\":[1,1,null]",
                                                "\"spacingMm\":\"wide\"",
                                                "\"originMm\":[0,null,0]",
                                                "\"originMm\":[NaN,0,0]",
                                                "\"direction\":[1]",
                                                "\"review\":\"maybe\"",
                                                "\"ignoreUnknownValues\":\"often\"",
                                                "\"labelValues\":{\"liver\":1}",
                                                "\"patiemt\":\"q\""))));
        kind(
                "patient that is none",
                random ->
                        metadata(
                                "{\"task\":\"%s\",\"patient\":%s}"
                                        .formatted(
                                                task,
                                                any(
                                                        random,
                                                        List.of(
                                                                quoted("p".repeat(10_000)),
                                                                quoted("p".repeat(201)),
                                                                "\"\"",
                                                                "\"   \"",
                                                                "\"a\\u0000b\"",
                                                                "\"a\\nb\"",
                                                                "\"a\\u007fb\"",
                                                                "\"a\\ud800b\"",
                                                                "\"a\\u202eb\"",
                                                                "\"a\\ufffdb\"",
                                                                "null",
                                                                "{}",
                                                                "[\"p\"]")))));
        kind(
                "hostile text in another field",
                random -> {
                    String name =
                            any(random, List.of("author", "site", "modality", "series", "pool"));
                    String value =
                            any(
                                    random,
                                    List.of(
                                            quoted("a".repeat(1000)),
                                            "\"a\\u0000b\"",
                                            "\"a\\u001bb\"",
                                            "\"\\udc00\"",
                                            "\" \"",
                                            "{}"));
                    return field("\"" + name + "\":" + value);
                });
        kind(
                "task that is none",
                random ->
                        metadata(
                                "{\"task\":%s,\"patient\":\"p\"}"
                                        .formatted(
                                                any(
                                                        random,
                                                        List.of(
                                                                "null",
                                                                "\"\"",
                                                                "\"nowhere\"",
                                                                "\"a\\u0000b\"",
                                                                "\"../../x\"",
                                                                "\"\\ud800\"",
                                                                quoted("t".repeat(10_000)))))));
        kind(
                "metadata of a megabyte",
                random ->
                        random.nextBoolean()
                                ? metadata(" ".repeat(1 << 20) + "{}")
                                : images(
                                        good("").file(
                                                        "metadata",
                                                        "m.json",
                                                        utf8("[".repeat(1 << 20)))));
    }

    // ---- forms

    private void forms() {
        kind(
                "missing part",
                random ->
                        images(
                                good(
                                        null,
                                        any(random, List.of("image", "mask.liver", "metadata")))));
        kind(
                "part sent twice",
                random ->
                        switch (random.nextInt(3)) {
                            case 0 -> images(good(null).file("image", "y.png", honest("png")));
                            case 1 -> images(good(null).file("mask.liver", "n.png", mask));
                            default -> images(good(null).text("metadata", "{}"));
                        });
        kind(
                "text in place of a file",
                random -> {
                    String part = any(random, List.of("image", "mask.liver"));
                    return images(good(null, part).text(part, "x".repeat(1 + random.nextInt(500))));
                });
        kind(
                "part that nobody asked for",
                random ->
                        images(
                                good(null)
                                        .text(
                                                any(
                                                        random,
                                                        List.of(
                                                                "images",
                                                                "Image",
                                                                "mask",
                                                                "",
                                                                "../image",
                                                                "p\u0000",
                                                                "q".repeat(5000))),
                                                "x")));
        kind(
                "part without a name",
                random ->
                        images(
                                new MultipartBody()
                                        .part(
                                                any(
                                                        random,
                                                        List.of(
                                                                "A: b",
                                                                "Content-Disposition: form-data",
                                                                "Content-Disposition: attachment;"
                                                                        + " name=\"image\"",
                                                                "Content-Disposition form-data")),
                                                utf8("x"))));
        kind(
                "part encoded as nothing known",
                random ->
                        images(
                                good(null, "metadata")
                                        .part(
                                                "Content-Disposition: form-data; name=\"metadata\"\r\n"
                                                        + any(
                                                                random,
                                                                List.of(
                                                                        "Content-Type: text/plain;"
                                                                                + " charset=nonsense",
                                                                        "Content-Type: text/plain;"
                                                                                + " charset=\"a b\"",
                                                                        "Content-Transfer-Encoding:"
                                                                                + " base64")),
                                                utf8("QQ=Q=Q="))));
        kind(
                "too many parts",
                random -> {
                    MultipartBody body = good(null);
                    for (int i = 0; i < 1001 + random.nextInt(500); i++) {
                        body.text("p" + i, "");
                    }
                    return images(body);
                });
        kind(
                "body that ends early or is no form",
                random -> {
                    byte[] whole = good(null).bytes();
                    return switch (random.nextInt(4)) {
                        case 0 ->
                                new Upload(
                                        any(random, List.of(IMAGES, QUERIES)),
                                        MultipartBody.MEDIA_TYPE,
                                        Arrays.copyOf(whole, random.nextInt(whole.length - 8)));
                        case 1 -> new Upload(IMAGES, "multipart/form-data", whole);
                        case 2 -> new Upload(IMAGES, "multipart/form-data; boundary=other", whole);
                        default -> new Upload(IMAGES, "application/json", utf8("{}"));
                    };
                });
    }

    // ---- queries

    private void queries() {
        kind(
                "query with a broken image",
                random -> {
                    String type = any(random, TYPES);
                    byte[] whole = honest(type);
                    byte[] broken = Arrays.copyOf(whole, random.nextInt(whole.length - 20));
                    return query(query("image").file("image", "q." + type, broken));
                });
        kind(
                "query with a bomb",
                random ->
                        query(
                                query("image")
                                        .file(
                                                "image",
                                                "q.png",
                                                random.nextBoolean()
                                                        ? HostileFiles.png(60_000, 60_000, 10)
                                                        : HostileFiles.png(64, 64, 256L << 20))));
        kind(
                "query with a hostile parameter",
                random -> {
                    List<String> parameter =
                            any(
                                    random,
                                    List.of(
                                            List.of("task", "a\u0000b"),
                                            List.of("task", "t".repeat(10_000)),
                                            List.of("labels", "liver,heart"),
                                            List.of("labels", "li\u0000ver"),
                                            List.of("pool", "a\u0000b"),
                                            List.of("poolVersion", "9".repeat(1000)),
                                            List.of("supportSize", "1e9"),
                                            List.of("temperature", "1e-400"),
                                            List.of("seed", "0x10"),
                                            List.of("strategy", "image\u0000"),
                                            List.of("site", "a\u0000b"),
                                            List.of("site", "s".repeat(201)),
                                            List.of("patient", "a\u0000b"),
                                            List.of("patient", "p".repeat(10_000))));
                    String name = parameter.getFirst();
                    return query(query(name).text(name, parameter.get(1)));
                });
        kind(
                "query with wrong parts",
                random ->
                        switch (random.nextInt(6)) {
                            case 0 -> query(query("image"));
                            case 1 -> query(query("image").text("image", "pixels"));
                            case 2 -> query(query("").file("labels", "l.txt", utf8("a\u0000")));
                            case 3 -> query(query("").text("task", task));
                            case 4 -> query(query("").text("colour", "blue"));
                            default ->
                                    query(
                                            query("image")
                                                    .file("image", "a\u0000.png", honest("png")));
                        });
    }
}
