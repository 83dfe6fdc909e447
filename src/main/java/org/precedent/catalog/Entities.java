package org.precedent.catalog;

import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.access.Share;

/**
 * The tables of {@code migrations/} as Hibernate sees them. One file, because nobody outside reads
 * one without the others. Fields are filled by Hibernate after construction, hence not null-marked.
 */
@NullUnmarked
final class Entities {
    private Entities() {}

    @Entity(name = "Task")
    @Table(name = "task")
    static class TaskEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Integer id;

        String site;
        String name;

        @Column(name = "created_at")
        Instant createdAt;

        @OneToMany(mappedBy = "task")
        @OrderBy("id")
        List<LabelEntity> labels = new ArrayList<>();
    }

    @Entity(name = "Label")
    @Table(name = "label")
    static class LabelEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Integer id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "task_id")
        TaskEntity task;

        String name;

        @Column(name = "snomed_code")
        @Nullable String snomedCode;
    }

    @Entity(name = "Image")
    @Table(name = "image")
    @Immutable
    static class ImageEntity {
        @Id UUID id;

        @Column(name = "pixels_sha256")
        String pixelsSha256;

        int width;
        int height;
        int channels;

        @Column(name = "bits_per_sample")
        int bitsPerSample;

        @Column(name = "source_name")
        String sourceName;

        String modality;
        String site;
        String patient;
        @Nullable String series;

        @Column(name = "slice_index")
        @Nullable Integer sliceIndex;

        @JdbcTypeCode(SqlTypes.ARRAY)
        @Column(name = "spacing_mm")
        double @Nullable [] spacingMm;

        @JdbcTypeCode(SqlTypes.ARRAY)
        @Column(name = "origin_mm")
        double @Nullable [] originMm;

        @JdbcTypeCode(SqlTypes.ARRAY)
        double @Nullable [] direction;

        @Column(name = "created_at")
        Instant createdAt;

        /** An example's image that is stored at a moment. */
        static ImageEntity of(UUID id, Example example, String pixelsSha256, Instant now) {
            Example.Origin origin = example.origin();
            ImageEntity image = new ImageEntity();
            image.id = id;
            image.pixelsSha256 = pixelsSha256;
            image.width = example.image().width();
            image.height = example.image().height();
            image.channels = example.image().channels();
            image.bitsPerSample = example.image().bitsPerSample();
            image.sourceName = example.sourceName();
            image.modality = origin.modality();
            image.site = origin.site();
            image.patient = origin.patient();
            image.series = origin.series();
            image.sliceIndex = origin.sliceIndex();
            image.spacingMm = origin.spacingMm();
            image.originMm = origin.originMm();
            image.direction = origin.direction();
            image.createdAt = now;
            return image;
        }
    }

    @Entity(name = "Annotation")
    @Table(name = "annotation")
    static class AnnotationEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "image_id")
        ImageEntity image;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "label_id")
        LabelEntity label;

        int version;

        @Column(name = "mask_sha256")
        String maskSha256;

        int area;
        String author;

        @Enumerated(EnumType.STRING)
        @JdbcTypeCode(SqlTypes.VARCHAR)
        @Column(name = "review_state")
        ReviewState reviewState;

        @Column(name = "created_at")
        Instant createdAt;
    }

    @Entity(name = "Pool")
    @Table(name = "pool")
    static class PoolEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Integer id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "task_id")
        TaskEntity task;

        String name;

        @Column(name = "current_version")
        int currentVersion;

        @Column(name = "own_study")
        boolean ownStudy;

        @ElementCollection
        @CollectionTable(name = "pool_share", joinColumns = @JoinColumn(name = "pool_id"))
        @MapKeyColumn(name = "site")
        @Column(name = "may")
        @Enumerated(EnumType.STRING)
        @JdbcTypeCode(SqlTypes.VARCHAR)
        Map<String, Share> shares = new HashMap<>();

        @Column(name = "created_at")
        Instant createdAt;
    }

    @Entity(name = "PoolMember")
    @Table(name = "pool_member")
    static class PoolMemberEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "pool_id")
        PoolEntity pool;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "annotation_id")
        AnnotationEntity annotation;

        @Column(name = "from_version")
        int fromVersion;

        @Column(name = "until_version")
        @Nullable Integer untilVersion;
    }

    @Entity(name = "Answer")
    @Table(name = "answer")
    @Immutable
    static class AnswerEntity {
        @Id UUID id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "task_id")
        TaskEntity task;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "pool_id")
        PoolEntity pool;

        @Column(name = "pool_version")
        int poolVersion;

        @Column(name = "query_sha256")
        String querySha256;

        @Column(name = "query_name")
        String queryName;

        @Column(name = "query_width")
        int queryWidth;

        @Column(name = "query_height")
        int queryHeight;

        /** Who asked: the answer is theirs. */
        @Column(name = "asked_by")
        String askedBy;

        @Column(name = "asked_site")
        String askedSite;

        @Nullable String site;
        @Nullable String patient;
        String strategy;

        @Column(name = "support_size")
        int supportSize;

        @Nullable String series;

        @Column(name = "slice_index")
        @Nullable Integer sliceIndex;

        @Column(name = "own_study")
        boolean ownStudy;

        @Column(name = "close_up_asked")
        String closeUpAsked;

        /** Of any label: for a version before. */
        @Column(name = "close_up")
        boolean closeUp;

        @JdbcTypeCode(SqlTypes.ARRAY)
        @Column(name = "slice_hashes")
        String @Nullable [] sliceHashes;

        @Nullable Double temperature;

        @Column(name = "temperature_source")
        String temperatureSource;

        long seed;
        String network;

        @Column(name = "weights_sha256")
        String weightsSha256;

        @Column(name = "adapted_from")
        @Nullable String adaptedFrom;

        @Column(name = "network_size")
        int networkSize;

        @Nullable String arithmetic;

        @Column(name = "input_range")
        String inputRange;

        @Column(name = "supports_together")
        @Nullable Integer supportsTogether;

        @Column(name = "embedding_space")
        String embeddingSpace;

        @JdbcTypeCode(SqlTypes.JSON)
        @Column(name = "timings_ms")
        Map<String, Double> timingsMs;

        @Column(name = "created_at")
        Instant createdAt;

        @OneToMany(mappedBy = "answer")
        @OrderBy("id")
        List<AnswerLabelEntity> labels = new ArrayList<>();
    }

    @Entity(name = "AnswerLabel")
    @Table(name = "answer_label")
    @Immutable
    static class AnswerLabelEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "answer_id")
        AnswerEntity answer;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "label_id")
        LabelEntity label;

        @Column(name = "mask_sha256")
        String maskSha256;

        @Column(name = "probabilities_sha256")
        String probabilitiesSha256;

        int area;
        int eligible;
        int visited;
        boolean exact;
        @Nullable String shortfall;

        @Column(name = "erased_supports")
        int erasedSupports;

        @Column(name = "below_resolution")
        @Nullable String belowResolution;

        @Column(name = "close_up")
        boolean closeUp;

        @JdbcTypeCode(SqlTypes.JSON)
        Answer.@Nullable Confidence confidence;

        @JdbcTypeCode(SqlTypes.JSON)
        List<Answer.Point> points = List.of();

        @JdbcTypeCode(SqlTypes.JSON)
        @Column(name = "left_out")
        List<Answer.LeftOut> leftOut = List.of();

        @OneToMany(mappedBy = "answerLabel")
        @OrderBy("rank")
        List<AnswerSupportEntity> supports = new ArrayList<>();
    }

    @Entity(name = "AnswerSupport")
    @Table(name = "answer_support")
    @Immutable
    static class AnswerSupportEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "answer_label_id")
        AnswerLabelEntity answerLabel;

        int rank;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "annotation_id")
        AnnotationEntity annotation;

        double similarity;
        double weight;

        @JdbcTypeCode(SqlTypes.JSON)
        List<Answer.Match> matches = List.of();

        @JdbcTypeCode(SqlTypes.JSON)
        Map<String, Integer> ranks = Map.of();
    }
}
