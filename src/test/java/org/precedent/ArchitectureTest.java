package org.precedent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What each package may know. The table is the architecture; change it only with a reason. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final String ROOT = "org.precedent";

    /** Files of one package, its page included. */
    private static final int MOST_FILES = 25;

    private static final int MOST_LINES = 500;

    private static final String ONE_NETWORK =
            "the paper's network from top to bottom, the weights of each part beside its pass";

    /** Classes that may be longer than {@link #MOST_LINES}, and why; their pages say it, too. */
    private static final Map<String, String> LONGER =
            Map.of(
                    "CrossAttention", ONE_NETWORK,
                    "IrisNetwork", ONE_NETWORK,
                    "MobileSam", ONE_NETWORK,
                    "PatchIclBackbone", ONE_NETWORK,
                    "UniverSeg", ONE_NETWORK);

    /**
     * Every package by itself, nested ones included, to the packages of ours that it may use
     * besides the shared words of the root.
     */
    private static final Map<String, List<String>> MAY_USE =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("access", List.of()),
                            Map.entry(
                                    "adaptation",
                                    List.of(
                                            "network",
                                            "network.crossattention",
                                            "network.zoo",
                                            "tensor",
                                            "weights")),
                            Map.entry("api.access", List.of("access")),
                            Map.entry(
                                    "api",
                                    List.of(
                                            "node",
                                            "catalog.adaptation",
                                            "tuning",
                                            "api.access",
                                            "access",
                                            "api.view",
                                            "catalog",
                                            "catalog.review",
                                            "erasure",
                                            "imaging.format",
                                            "ingest",
                                            "projection",
                                            "query",
                                            "query.volume",
                                            "imaging.volume",
                                            "study")),
                            Map.entry(
                                    "api.curation",
                                    List.of(
                                            "access",
                                            "api",
                                            "api.access",
                                            "catalog.review",
                                            "curation",
                                            "ingest")),
                            Map.entry(
                                    "api.dicomweb",
                                    List.of(
                                            "access",
                                            "api.access",
                                            "imaging.format.dicom",
                                            "study")),
                            Map.entry(
                                    "api.monailabel",
                                    List.of(
                                            "access",
                                            "api",
                                            "api.access",
                                            "catalog",
                                            "catalog.review",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.dicom",
                                            "imaging.format.dicom.seg",
                                            "imaging.format.png",
                                            "imaging.volume",
                                            "ingest",
                                            "query",
                                            "retrieval",
                                            "viewer")),
                            Map.entry(
                                    "viewer",
                                    List.of(
                                            "secret",
                                            "access",
                                            "blob",
                                            "catalog",
                                            "catalog.review",
                                            "curation",
                                            "dicomweb",
                                            "evaluation",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.dicom",
                                            "imaging.format.nifti",
                                            "imaging.format.png",
                                            "imaging.volume",
                                            "ingest",
                                            "ingest.folder",
                                            "query",
                                            "retrieval",
                                            "study")),
                            Map.entry(
                                    "erasure",
                                    List.of(
                                            "node",
                                            "catalog.adaptation",
                                            "access",
                                            "blob",
                                            "catalog",
                                            "segmentation",
                                            "study")),
                            Map.entry(
                                    "api.view",
                                    List.of(
                                            "catalog.adaptation",
                                            "access",
                                            "catalog",
                                            "imaging.format",
                                            "ingest",
                                            "projection",
                                            "query",
                                            "embedding",
                                            "imaging",
                                            "retrieval",
                                            "study")),
                            Map.entry("backup", List.of("blob", "secret")),
                            Map.entry("secret", List.of()),
                            Map.entry("blob", List.of()),
                            Map.entry("blob.s3", List.of("blob")),
                            Map.entry("catalog", List.of("access", "blob", "imaging", "secret")),
                            Map.entry("catalog.postgres", List.of()),
                            Map.entry("catalog.adaptation", List.of("catalog")),
                            Map.entry("catalog.review", List.of("access", "catalog")),
                            Map.entry(
                                    "cli",
                                    List.of(
                                            "cli.tuning",
                                            "adaptation",
                                            "api.access",
                                            "access",
                                            "api.view",
                                            "blob",
                                            "catalog",
                                            "cli.access",
                                            "cli.archive",
                                            "cli.curate",
                                            "cli.format",
                                            "cli.process",
                                            "cli.progress",
                                            "cli.service",
                                            "cli.study",
                                            "cli.tuning",
                                            "cli.upkeep",
                                            "embedding",
                                            "erasure",
                                            "evaluation",
                                            "evaluation.metric",
                                            "evaluation.protocol",
                                            "evaluation.results",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.png",
                                            "imaging.volume",
                                            "ingest",
                                            "ingest.folder",
                                            "network",
                                            "network.zoo",
                                            "phantom",
                                            "projection",
                                            "query",
                                            "retrieval",
                                            "secret",
                                            "segmentation",
                                            "study",
                                            "tensor",
                                            "tuning",
                                            "weights")),
                            Map.entry(
                                    "cli.access",
                                    List.of("access", "api.view", "cli.process", "cli.service")),
                            Map.entry(
                                    "cli.archive",
                                    List.of("cli.progress", "dicomweb", "imaging.format")),
                            Map.entry(
                                    "cli.curate",
                                    List.of(
                                            "access",
                                            "cli.progress",
                                            "catalog.review",
                                            "cli.service",
                                            "curation",
                                            "evaluation",
                                            "imaging",
                                            "imaging.format",
                                            "catalog")),
                            Map.entry(
                                    "cli.format",
                                    List.of(
                                            "cli.process",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.dicom",
                                            "imaging.format.dicom.seg")),
                            Map.entry("cli.process", List.of("tensor")),
                            Map.entry(
                                    "cli.upkeep",
                                    List.of(
                                            "access",
                                            "backup",
                                            "blob",
                                            "catalog",
                                            "cli.process",
                                            "cli.service",
                                            "erasure",
                                            "secret")),
                            Map.entry("cli.progress", List.of("evaluation")),
                            Map.entry(
                                    "cli.tuning",
                                    List.of(
                                            "access",
                                            "api.view",
                                            "catalog.adaptation",
                                            "cli.process",
                                            "cli.progress",
                                            "cli.service",
                                            "tuning")),
                            Map.entry(
                                    "cli.service",
                                    List.of(
                                            "access",
                                            "api.access",
                                            "cli.progress",
                                            "catalog.postgres",
                                            "cli.process",
                                            "tensor")),
                            Map.entry(
                                    "confidence",
                                    List.of(
                                            "blob",
                                            "catalog",
                                            "embedding",
                                            "imaging",
                                            "network",
                                            "projection",
                                            "segmentation")),
                            Map.entry(
                                    "curation",
                                    List.of(
                                            "access",
                                            "blob",
                                            "catalog",
                                            "catalog.review",
                                            "curation.consensus",
                                            "curation.ranking",
                                            "evaluation",
                                            "evaluation.metric",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.png",
                                            "imaging.picture",
                                            "network",
                                            "projection",
                                            "query",
                                            "retrieval",
                                            "segmentation",
                                            "embedding",
                                            "index")),
                            Map.entry("curation.consensus", List.of("imaging")),
                            Map.entry(
                                    "curation.ranking",
                                    List.of("evaluation.metric", "imaging", "network")),
                            Map.entry("dicomweb", List.of()),
                            Map.entry(
                                    "embedding",
                                    List.of(
                                            "imaging",
                                            "network",
                                            "network.crossattention",
                                            "network.zoo",
                                            "tensor")),
                            Map.entry(
                                    "evaluation",
                                    List.of(
                                            "access",
                                            "confidence",
                                            "embedding",
                                            "evaluation.metric",
                                            "imaging",
                                            "index",
                                            "index.exact",
                                            "network",
                                            "retrieval",
                                            "segmentation",
                                            "weights")),
                            Map.entry("evaluation.metric", List.of("imaging", "segmentation")),
                            Map.entry(
                                    "evaluation.protocol",
                                    List.of(
                                            "adaptation",
                                            "confidence",
                                            "curation.ranking",
                                            "embedding",
                                            "evaluation",
                                            "evaluation.metric",
                                            "imaging",
                                            "network",
                                            "retrieval",
                                            "segmentation")),
                            Map.entry(
                                    "evaluation.results",
                                    List.of(
                                            "evaluation",
                                            "evaluation.metric",
                                            "evaluation.protocol",
                                            "imaging",
                                            "imaging.picture",
                                            "network.crossattention",
                                            "network.universeg",
                                            "network.zoo",
                                            "retrieval",
                                            "confidence")),
                            Map.entry("imaging", List.of()),
                            Map.entry(
                                    "imaging.format",
                                    List.of(
                                            "imaging",
                                            "imaging.format.bmp",
                                            "imaging.format.codec",
                                            "imaging.format.dicom",
                                            "imaging.format.dicom.seg",
                                            "imaging.format.jpeg",
                                            "imaging.format.nifti",
                                            "imaging.format.nrrd",
                                            "imaging.format.png",
                                            "imaging.format.tiff",
                                            "imaging.volume")),
                            Map.entry("imaging.format.bmp", List.of("imaging")),
                            Map.entry("imaging.format.codec", List.of()),
                            // A process of its own, which nothing in this one may call.
                            Map.entry("imaging.format.codec.ffmpeg", List.of()),
                            Map.entry(
                                    "imaging.format.dicom",
                                    List.of("imaging", "imaging.format.codec", "imaging.volume")),
                            Map.entry(
                                    "imaging.format.dicom.seg",
                                    List.of("imaging", "imaging.format.dicom", "imaging.volume")),
                            Map.entry(
                                    "imaging.format.jpeg",
                                    List.of("imaging", "imaging.format.tiff")),
                            Map.entry(
                                    "imaging.format.nifti",
                                    List.of("imaging", "imaging.format.codec", "imaging.volume")),
                            Map.entry(
                                    "imaging.format.nrrd",
                                    List.of("imaging", "imaging.format.codec", "imaging.volume")),
                            Map.entry(
                                    "imaging.format.png",
                                    List.of("imaging", "imaging.format.tiff")),
                            Map.entry("imaging.format.tiff", List.of("imaging")),
                            Map.entry("imaging.picture", List.of("imaging")),
                            Map.entry("index", List.of("access", "embedding")),
                            Map.entry("index.exact", List.of("embedding", "index")),
                            Map.entry("index.lucene", List.of("embedding", "index")),
                            Map.entry("index.solr", List.of("embedding", "index")),
                            Map.entry(
                                    "ingest",
                                    List.of(
                                            "access",
                                            "catalog",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.volume",
                                            "ingest.folder",
                                            "projection")),
                            Map.entry("imaging.volume", List.of("imaging")),
                            Map.entry(
                                    "ingest.folder",
                                    List.of("imaging", "imaging.format", "imaging.volume")),
                            Map.entry("network", List.of("imaging", "tensor", "weights")),
                            Map.entry(
                                    "network.crossattention",
                                    List.of("network", "network.universeg", "tensor", "weights")),
                            Map.entry(
                                    "network.iris",
                                    List.of(
                                            "imaging",
                                            "network",
                                            "network.universeg",
                                            "tensor",
                                            "weights")),
                            Map.entry("network.mobilesam", List.of("network", "tensor", "weights")),
                            Map.entry(
                                    "network.patchicl",
                                    List.of("network", "network.universeg", "tensor", "weights")),
                            Map.entry("network.universeg", List.of("network", "tensor", "weights")),
                            Map.entry(
                                    "network.zoo",
                                    List.of(
                                            "network",
                                            "network.crossattention",
                                            "network.iris",
                                            "network.mobilesam",
                                            "network.patchicl",
                                            "network.universeg",
                                            "tensor",
                                            "weights")),
                            Map.entry("node", List.of("catalog.postgres")),
                            Map.entry("phantom", List.of("imaging")),
                            Map.entry(
                                    "projection",
                                    List.of(
                                            "node",
                                            "catalog.adaptation",
                                            "weights",
                                            "blob",
                                            "catalog",
                                            "embedding",
                                            "imaging",
                                            "index",
                                            "network",
                                            "network.zoo",
                                            "retrieval",
                                            "segmentation",
                                            "tensor")),
                            Map.entry(
                                    "query",
                                    List.of(
                                            "access",
                                            "blob",
                                            "catalog",
                                            "confidence",
                                            "embedding",
                                            "evaluation.metric",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.png",
                                            "imaging.picture",
                                            "index",
                                            "network",
                                            "projection",
                                            "retrieval",
                                            "segmentation")),
                            Map.entry(
                                    "query.volume",
                                    List.of(
                                            "access",
                                            "blob",
                                            "catalog",
                                            "embedding",
                                            "imaging",
                                            "imaging.format",
                                            "index",
                                            "network",
                                            "network.zoo",
                                            "projection",
                                            "query",
                                            "retrieval",
                                            "tensor")),
                            Map.entry("retrieval", List.of("embedding", "imaging", "index")),
                            Map.entry(
                                    "segmentation",
                                    List.of("blob", "imaging", "network", "weights")),
                            Map.entry(
                                    "cli.study",
                                    List.of(
                                            "access",
                                            "cli.process",
                                            "cli.progress",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.format.dicom",
                                            "imaging.format.dicom.seg",
                                            "imaging.format.png",
                                            "imaging.volume",
                                            "query",
                                            "study")),
                            Map.entry(
                                    "study",
                                    List.of(
                                            "node",
                                            "catalog.review",
                                            "curation",
                                            "access",
                                            "blob",
                                            "catalog",
                                            "dicomweb",
                                            "imaging",
                                            "imaging.format",
                                            "imaging.volume",
                                            "query",
                                            "query.volume",
                                            "retrieval",
                                            "imaging.format.dicom",
                                            "imaging.format.dicom.seg",
                                            "imaging.format.png",
                                            "ingest",
                                            "secret")),
                            Map.entry("tensor", List.of()),
                            Map.entry(
                                    "tuning",
                                    List.of(
                                            "node",
                                            "adaptation",
                                            "catalog.adaptation",
                                            "tensor",
                                            "weights",
                                            "access",
                                            "blob",
                                            "catalog",
                                            "confidence",
                                            "embedding",
                                            "evaluation",
                                            "evaluation.metric",
                                            "evaluation.protocol",
                                            "imaging",
                                            "imaging.format",
                                            "projection",
                                            "query",
                                            "retrieval",
                                            "network",
                                            "segmentation")),
                            Map.entry("weights", List.of()),
                            Map.entry(
                                    "wiring",
                                    List.of(
                                            "node",
                                            "blob",
                                            // The one choice of a store.
                                            "blob.s3",
                                            "catalog",
                                            "embedding",
                                            "erasure",
                                            "imaging",
                                            "index",
                                            // The one choice of an engine.
                                            "index.lucene",
                                            "index.solr",
                                            "ingest",
                                            "network",
                                            "network.zoo",
                                            "projection",
                                            "query.volume",
                                            "secret",
                                            "segmentation",
                                            "tensor"))));

    /** Library packages and the only packages of ours that may see them. */
    private static final Map<String, List<String>> CONFINED =
            Map.ofEntries(
                    // Vector arithmetic of BlockDotProduct and LaneDotProduct, and the engine.
                    Map.entry("org.apache.lucene", List.of("index", "index.lucene")),
                    Map.entry(
                            "ai.djl",
                            List.of(
                                    "tensor",
                                    "network",
                                    "network.universeg",
                                    "network.crossattention",
                                    "network.iris",
                                    "network.patchicl",
                                    "network.mobilesam")),
                    Map.entry("net.razorvine", List.of("weights")),
                    Map.entry("software.amazon.awssdk", List.of("blob.s3")),
                    Map.entry("org.bytedeco", List.of("imaging.format.codec.ffmpeg")),
                    Map.entry("org.hibernate", List.of("catalog")),
                    // Reviews are statements about sets of rows, in SQL: no entities there.
                    Map.entry(
                            "jakarta.persistence",
                            List.of("catalog", "catalog.adaptation", "catalog.review")),
                    Map.entry("org.apache.commons.compress", List.of("catalog.postgres")),
                    Map.entry("org.tukaani", List.of("catalog.postgres")),
                    Map.entry("tagbio", List.of("embedding")),
                    Map.entry(
                            "javax.imageio",
                            List.of(
                                    "imaging",
                                    "imaging.format",
                                    "imaging.format.codec",
                                    "imaging.format.png",
                                    "imaging.format.jpeg",
                                    "imaging.format.tiff",
                                    "imaging.format.bmp")),
                    Map.entry(
                            "java.awt",
                            List.of(
                                    "imaging",
                                    "imaging.format.codec",
                                    "imaging.format.png",
                                    "imaging.format.jpeg",
                                    "imaging.format.tiff",
                                    "imaging.format.bmp",
                                    "imaging.picture")),
                    Map.entry(
                            "jakarta.ws.rs",
                            List.of(
                                    "api",
                                    "api.access",
                                    "api.curation",
                                    "api.dicomweb",
                                    "api.monailabel")),
                    // What a service answers with is explained where it is defined.
                    Map.entry(
                            "org.eclipse.microprofile.openapi",
                            List.of(
                                    "api",
                                    "api.curation",
                                    "api.dicomweb",
                                    "api.monailabel",
                                    "api.view",
                                    "query")),
                    // The framework's authentication and its router.
                    Map.entry("io.quarkus.security", List.of("api.access")),
                    Map.entry(
                            "picocli",
                            List.of(
                                    "cli",
                                    "cli.access",
                                    "cli.archive",
                                    "cli.curate",
                                    "cli.format",
                                    "cli.process",
                                    "cli.service",
                                    "cli.study",
                                    "cli.tuning",
                                    "cli.upkeep")));

    /** Of the instance, so that a hundred megabytes go with it: other tests share its JVM. */
    private final JavaClasses ours =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages(ROOT);

    @Test
    void everyPackageUsesOnlyWhatTheTableAllows() {
        MAY_USE.forEach((name, allowed) -> {
            String[] forbidden =
                    MAY_USE.keySet().stream()
                            .filter(other -> !other.equals(name) && !allowed.contains(other))
                            .map(ArchitectureTest::inside)
                            .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(inside(name))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .because(name + " may use only " + allowed)
                    .check(ours);
        });
    }

    @Test
    void everyPackageIsInTheTable() {
        assertThat(ours.stream().map(c -> c.getPackageName()).distinct())
                .allSatisfy(name ->
                        assertThat(
                                        name.equals(ROOT)
                                                || MAY_USE.containsKey(
                                                        name.substring(ROOT.length() + 1)))
                                .as(name)
                                .isTrue());
    }

    @Test
    void librariesStayInTheirPackages() {
        CONFINED.forEach((library, owners) ->
                noClasses()
                        .that(
                                resideInAnyPackage(ROOT + "..")
                                        .and(
                                                resideOutsideOfPackages(
                                                        owners.stream()
                                                                .map(ArchitectureTest::inside)
                                                                .toArray(String[]::new))))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(library + "..")
                        .because(library + " belongs to " + owners)
                        .check(ours));
    }

    /** A reader holds a room in the head; the root holds shared words only. */
    @Test
    void roomsAreSmall() {
        Map<String, Long> sizes =
                ours.stream()
                        .filter(c ->
                                c.isTopLevelClass() && !c.getSimpleName().equals("package-info"))
                        .collect(
                                Collectors.groupingBy(
                                        JavaClass::getPackageName, Collectors.counting()));
        assertThat(sizes)
                .allSatisfy((name, size) -> assertThat(size).as(name).isLessThan(MOST_FILES));
    }

    /** A reader holds a class in the head; what has grown beyond it is taken apart. */
    @Test
    void classesAreShort() throws IOException {
        Path sources = Path.of(System.getProperty("precedent.home", "."), "src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String name = String.valueOf(file.getFileName()).replace(".java", "");
                if (!LONGER.containsKey(name)) {
                    assertThat(Files.readAllLines(file))
                            .as("lines of %s", name)
                            .hasSizeLessThanOrEqualTo(MOST_LINES);
                }
            }
        }
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(ours);
    }

    @Test
    void nothingIsInjectedIntoFields() {
        noFields()
                .should()
                .beAnnotatedWith("jakarta.inject.Inject")
                .because("constructor injection shows what a class needs")
                .check(ours);
    }

    @Test
    void nothingPrintsBesidesTheCommandLine() {
        classes()
                .that()
                .resideOutsideOfPackage(inside("cli"))
                .should(not(accessField(System.class, "out")))
                .check(ours);
    }

    @Test
    void everyPackageHasAPageThatIsNullMarked() throws IOException {
        Path sources = Path.of(System.getProperty("precedent.home", "."), "src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> folders =
                    files.filter(f -> f.toString().endsWith(".java"))
                            .map(Path::getParent)
                            .distinct()
                            .toList();
            assertThat(folders).hasSizeGreaterThan(10);
            for (Path folder : folders) {
                assertThat(folder.resolve("package-info.java")).content().contains("@NullMarked");
            }
        }
    }

    private static String inside(String name) {
        return ROOT + "." + name;
    }
}
