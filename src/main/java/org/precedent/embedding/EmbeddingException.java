package org.precedent.embedding;

import java.nio.file.Path;
import java.util.List;
import org.precedent.DomainException;

/** Why there is no vector. */
public final class EmbeddingException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Code {
        /** No embedder has this name. */
        UNKNOWN_EMBEDDER,
        /** Weights are missing, or there are some that nothing needs. */
        WEIGHTS,
        /** An encoder gave a vector that is zero or not finite. */
        NO_DIRECTION
    }

    private EmbeddingException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
    }

    static EmbeddingException noDirection(String encoder) {
        return new EmbeddingException(
                Kind.UNUSABLE,
                Code.NO_DIRECTION,
                encoder + " gave a vector without a direction; check its weights");
    }

    static EmbeddingException unknown(String name, List<String> known) {
        EmbeddingException e =
                new EmbeddingException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_EMBEDDER,
                        "no embedder is named "
                                + name
                                + "; there are: "
                                + String.join(", ", known));
        e.put("field", "embedder");
        e.put("value", name);
        return e;
    }

    static EmbeddingException needsWeights(String name, String network) {
        EmbeddingException e =
                new EmbeddingException(
                        Kind.INVALID,
                        Code.WEIGHTS,
                        "embedder "
                                + name
                                + " needs the weights of network "
                                + network
                                + ": name their file");
        e.put("field", "embedder weights");
        e.put("value", name);
        return e;
    }

    static EmbeddingException needsNoWeights(String name, Path weights) {
        EmbeddingException e =
                new EmbeddingException(
                        Kind.INVALID,
                        Code.WEIGHTS,
                        "embedder " + name + " needs no weights, and got " + weights.getFileName());
        e.put("field", "embedder weights");
        e.put("value", String.valueOf(weights.getFileName()));
        return e;
    }
}
