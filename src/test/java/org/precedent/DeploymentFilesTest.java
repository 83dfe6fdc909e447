package org.precedent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.precedent.api.NodeGates;

/** What is deployed from {@code docker/} sets what the application knows, and nothing else. */
class DeploymentFilesTest {
    private static final Path DOCKER = Path.of(System.getProperty("precedent.home", "."), "docker");
    private static final Pattern VARIABLE = Pattern.compile("PRECEDENT_[A-Z0-9_]+");

    /** Set outside the files, which the files hand on under a setting's name. */
    private static final Set<String> HANDED_ON = Set.of("PRECEDENT_S3_SECRET_KEY");

    private final YAMLMapper yaml = new YAMLMapper();

    private static List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(DOCKER)) {
            return all.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    private List<JsonNode> documents(Path file) throws IOException {
        List<JsonNode> all = new ArrayList<>();
        try (var parser = new YAMLFactory().createParser(file.toFile())) {
            yaml.readerFor(JsonNode.class).<JsonNode>readValues(parser).forEachRemaining(all::add);
        }
        return all;
    }

    /** A build of tomorrow stands on what was tried today. */
    @Test
    void imagesOfOthersAreNamedByTheirDigests() throws IOException {
        Pattern image = Pattern.compile("(?m)^(?:FROM|\\s*-?\\s*image:)\\s+\"?([^\\s\"]+)");
        List<String> images = new ArrayList<>();
        for (Path file : files("")) {
            if (Files.isRegularFile(file)) {
                image.matcher(Files.readString(file))
                        .results()
                        .map(found -> found.group(1))
                        .filter(name -> !name.matches("precedent(:.*)?"))
                        .forEach(images::add);
            }
        }
        assertThat(images)
                .hasSizeGreaterThan(8)
                .allSatisfy(name -> assertThat(name).matches("[^@]+:[^@]+@sha256:[0-9a-f]{64}"));
    }

    @Test
    void everyVariableIsASettingOfTheApplication() throws IOException {
        Set<String> known = settings();
        assertThat(known).contains("PRECEDENT_ROLES", "PRECEDENT_BLOB_S3_ENCODING_CACHE");
        Map<String, Set<String>> unknown = new TreeMap<>();
        Set<String> named = new TreeSet<>();
        for (Path file : files(".yaml")) {
            Matcher variables = VARIABLE.matcher(Files.readString(file));
            while (variables.find()) {
                named.add(variables.group());
                if (!known.contains(variables.group()) && !HANDED_ON.contains(variables.group())) {
                    unknown.computeIfAbsent(file.toString(), of -> new TreeSet<>())
                            .add(variables.group());
                }
            }
        }
        assertThat(named).hasSizeGreaterThan(10);
        assertThat(unknown).isEmpty();
    }

    /** Variables of all configuration interfaces. */
    private static Set<String> settings() {
        Set<String> names = new HashSet<>();
        for (JavaClass mapping :
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.precedent")) {
            if (!mapping.isAnnotatedWith(ConfigMapping.class)) {
                continue;
            }
            String prefix = mapping.getAnnotationOfType(ConfigMapping.class).prefix();
            List<JavaClass> all = new ArrayList<>(List.of(mapping));
            all.addAll(mapping.getAllRawInterfaces());
            for (JavaClass one : all) {
                for (JavaMethod method : one.getMethods()) {
                    if (method.getModifiers().contains(JavaModifier.ABSTRACT)) {
                        names.add(
                                (prefix + "." + method.getName())
                                        .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                                        .replaceAll("[^A-Za-z0-9]", "_")
                                        .toUpperCase(Locale.ROOT));
                    }
                }
            }
        }
        return names;
    }

    @Test
    void rolesAreOnesThatThereAre() throws IOException {
        Pattern roles = Pattern.compile("PRECEDENT_ROLES(?:, value)?: \"?([a-z,]+)");
        List<String> found = new ArrayList<>();
        for (Path file : files(".yaml")) {
            Matcher matcher = roles.matcher(Files.readString(file));
            while (matcher.find()) {
                found.addAll(List.of(matcher.group(1).split(",")));
            }
        }
        List<String> words = Stream.of(NodeRole.values()).map(NodeRole::word).toList();
        assertThat(found).contains("query", "ingest", "project").isSubsetOf(words);
    }

    @Test
    void everyFileIsYamlOfAKind() throws IOException {
        for (Path file : files(".yaml")) {
            List<JsonNode> documents = documents(file);
            assertThat(documents).as(file.toString()).isNotEmpty();
            for (JsonNode document : documents) {
                if (file.getParent().endsWith("kubernetes")) {
                    assertThat(document.path("kind").asText()).as(file.toString()).isNotEmpty();
                    assertThat(document.path("apiVersion").asText()).isNotEmpty();
                    assertThat(document.path("metadata").path("name").asText()).isNotEmpty();
                } else {
                    assertThat(document.path("services")).as(file.toString()).isNotEmpty();
                }
            }
        }
    }

    /** Only engines keep anything; what is evicted does so in turn, and is told by its health. */
    @Test
    void nodesAreDeploymentsWithProbesAndBudgets() throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        Set<String> budgets = new TreeSet<>();
        Set<String> guarded = new TreeSet<>();
        for (Path file : files(".yaml")) {
            for (JsonNode document : documents(file)) {
                String kind = document.path("kind").asText();
                String labels = document.path("spec").path("selector").toString();
                switch (kind) {
                    case "Deployment" -> nodes.add(document);
                    case "StatefulSet" ->
                            assertThat(file.getFileName().toString()).isEqualTo("engines.yaml");
                    case "PodDisruptionBudget" -> budgets.add(labels);
                    case "NetworkPolicy" ->
                            guarded.add(
                                    document.path("spec")
                                            .path("podSelector")
                                            .path("matchLabels")
                                            .path("app")
                                            .asText());
                    default -> {
                        // Nothing that is asked about here.
                    }
                }
            }
        }
        assertThat(nodes).hasSize(2);
        assertThat(guarded).contains("precedent", "solr", "zookeeper", "database", "store");
        for (JsonNode node : nodes) {
            JsonNode container =
                    node.path("spec").path("template").path("spec").path("containers").path(0);
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                assertThat(container.path(probe).path("httpGet").path("path").asText())
                        .as(probe)
                        .startsWith("/health/");
            }
            assertThat(budgets).contains(node.path("spec").path("selector").toString());
        }
    }

    /** The gateway sends every request to a node that has its role. */
    @Test
    void theGatewayKnowsWhoseRequestsAre() throws IOException {
        List<Map.Entry<Pattern, String>> rules = new ArrayList<>();
        Matcher lines =
                Pattern.compile("^ +(?:\"~(.+)\"|default) +(query|ingest);$", Pattern.MULTILINE)
                        .matcher(Files.readString(DOCKER.resolve("gateway.conf")));
        while (lines.find()) {
            if (lines.group(1) != null) {
                rules.add(Map.entry(Pattern.compile(lines.group(1)), lines.group(2)));
            }
        }
        assertThat(rules).hasSizeGreaterThan(2);
        for (String[] request : NodeGates.REQUESTS) {
            String to =
                    rules.stream()
                            .filter(rule ->
                                    rule.getKey().matcher(request[0] + " " + request[1]).find())
                            .map(Map.Entry::getValue)
                            .findFirst()
                            .orElse("query");
            assertThat(
                            NodeGates.role(request[0], request[1])
                                    .map(role -> role == NodeRole.QUERY ? "query" : "ingest")
                                    .orElse(to))
                    .as(request[0] + " " + request[1])
                    .isEqualTo(to);
        }
    }
}
