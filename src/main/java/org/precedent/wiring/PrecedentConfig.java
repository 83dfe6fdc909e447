package org.precedent.wiring;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.precedent.network.zoo.Networks;

/** What an operator can set, as {@code -Dprecedent.x.y} or {@code PRECEDENT_X_Y}. */
@ConfigMapping(prefix = "precedent")
public interface PrecedentConfig {

    /** Where the project lies: shipped weights are found under its {@code models/}. */
    @WithDefault(".")
    Path home();

    /** Blobs, and the embedded database where no external one is named. Default: home/data. */
    Optional<Path> data();

    /** Vector indexes. Default: home/index, or data/index where a data directory is named. */
    Optional<Path> index();

    /** Where networks run: {@code cpu}, or {@code cuda} with a libtorch for it. */
    @WithDefault("cpu")
    String device();

    Database database();

    Upload upload();

    Network network();

    Embedding embedding();

    Projection projection();

    Encodings encodings();

    /** An external PostgreSQL; without one, an embedded server is started. */
    interface Database {
        /** Its address, {@code jdbc:postgresql://HOST:PORT/DATABASE}. */
        Optional<String> url();

        /** Who connects. */
        Optional<String> user();

        /** With which password. */
        Optional<String> password();
    }

    /** Limits of files that are sent to us, compared with what the file declares. */
    interface Upload {
        /** Bytes of one file. */
        @WithDefault("64M")
        MemorySize maxFileSize();

        /** Width times height. */
        @WithDefault("40000000")
        long maxPixels();

        /** Width, and height. */
        @WithDefault("16384")
        int maxSide();

        /** Uploads decoded at the same time; more wait. */
        @WithDefault("4")
        int concurrency();
    }

    /** The network that answers. */
    interface Network {
        /**
         * Which one, by a name that {@code precedent model list} prints; {@code NAME+mirror} also
         * asks it the mirror image and takes the mean of both answers.
         */
        @WithDefault(Networks.DEFAULT)
        String name();

        /**
         * Its weights: safetensors or a PyTorch state dict. Default: the shipped ones, else those
         * that were imported.
         */
        Optional<Path> weights();

        /** Side in pixels that images are brought to, a multiple of 8; default: as trained. */
        Optional<Integer> size();

        /** Threads of one forward pass; 0: one a processor. */
        @WithDefault("0")
        int threads();

        /** Queries that may wait for the network; one more is answered 503. */
        @WithDefault("32")
        int queue();

        /** Waiting queries that pass together at most, where the network gains from it. */
        @WithDefault("8")
        int batch();

        /**
         * Memory that the network may work with; a query that needs more is refused. Default: half
         * of the machine's on the CPU, no limit on a CUDA device.
         */
        Optional<MemorySize> memory();
    }

    /** What images are compared by. Another embedder or other weights make another index. */
    interface Embedding extends Wiring.ImageEmbedding {
        /**
         * Its name: {@code thumbnail}, {@code attention-mapper} (of the shipped cross-attention
         * network), or {@code mobilesam-gap}, whose weights have to be imported.
         */
        @Override
        @WithDefault("thumbnail")
        String embedder();

        /** Its weights. Default: the shipped ones, or the only ones that were imported. */
        @Override
        Optional<Path> weights();

        /**
         * The network that gives places their vectors, or {@code none}; a shipped one whose weights
         * are missing is {@code none}.
         */
        @WithDefault("cross_attention")
        String location();

        /** Its weights. Default: the shipped ones, or the only ones that were imported. */
        Optional<Path> locationWeights();

        /**
         * How many cells of a row, and of a column, one place of the index is the mean of: 2 makes
         * it a quarter as large.
         */
        @WithDefault("1")
        int locationPooling();

        /** The network that gives objects their vectors, or {@code none}, likewise. */
        @WithDefault("iris")
        String object();

        /** Its weights. Default: the shipped ones, or the only ones that were imported. */
        Optional<Path> objectWeights();
    }

    /** How indexes follow the catalogue. */
    interface Projection {
        /** How often the outbox is looked at for what other processes wrote. */
        @WithDefault("100ms")
        Duration poll();

        /** Outbox entries applied as one index commit at most. */
        @WithDefault("512")
        int batch();

        /** How long a query waits for the index to reach what was acknowledged before it. */
        @WithDefault("30s")
        Duration await();
    }

    /** What the network knows of supports without any query. */
    interface Encodings {
        /** Memory for those used last. */
        @WithDefault("256M")
        MemorySize memory();

        /** Memory for those that running queries hold; others wait. Default: half of the heap. */
        Optional<MemorySize> held();
    }

    /** The data directory in force. */
    default Path dataDirectory() {
        return data().orElseGet(() -> home().resolve("data"));
    }

    /** The index directory in force. */
    default Path indexDirectory() {
        return index().orElseGet(
                        () -> data().map(d -> d.resolve("index")).orElse(home().resolve("index")));
    }
}
