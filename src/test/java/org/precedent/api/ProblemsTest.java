package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever is to blame is blamed, however deep the cause lies. */
class ProblemsTest {
    private static final Logger LOG = Logger.getLogger(Problems.class.getName());

    private final Problems problems = new Problems();
    private final UriInfo uri =
            (UriInfo)
                    Proxy.newProxyInstance(
                            UriInfo.class.getClassLoader(),
                            new Class<?>[] {UriInfo.class},
                            (proxy, method, arguments) -> "/v1/images");

    @Test
    void aShortageOfMemoryIsNotNowWhateverItIsWrappedIn() {
        OutOfMemoryError shortage = new OutOfMemoryError("Java heap space");
        IOException suppressing = new IOException("cannot close");
        suppressing.addSuppressed(shortage);
        for (Throwable failure :
                new Throwable[] {
                    shortage,
                    new IllegalStateException(new RuntimeException(shortage)),
                    new UncheckedIOException(new IOException(shortage)),
                    suppressing
                }) {
            assertProblem(failure, 503, "out-of-memory");
        }
    }

    @Test
    void aDatabaseThatIsAwayOrFullIsNotNow() {
        for (String state : new String[] {"08006", "53100", "53200", "53300", "57P01"}) {
            assertProblem(
                    new IllegalStateException(new SQLException("secret text", state)),
                    503,
                    "database-unavailable");
        }
        assertProblem(
                new IllegalStateException(new SQLException("syntax", "42601")),
                500,
                "internal-error");
    }

    @Test
    void anythingElseIsOursAndSaysNothingOfItsInside() {
        Map<?, ?> problem =
                assertProblem(
                        new NullPointerException("org.precedent.Secret at /data/secret"),
                        500,
                        "internal-error");
        assertThat(String.valueOf(problem)).doesNotContain("ecret").doesNotContain("Exception");
    }

    @BeforeEach
    void beSilent() {
        LOG.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        LOG.setLevel(null);
    }

    private Map<?, ?> assertProblem(Throwable failure, int status, String type) {
        Response response = problems.failure(failure, uri, null);
        Map<?, ?> problem = (Map<?, ?>) response.getEntity();
        assertThat(response.getStatus()).as(String.valueOf(failure)).isEqualTo(status);
        assertThat(problem.get("type"))
                .as(String.valueOf(failure))
                .isEqualTo(ProblemType.PREFIX + type);
        assertThat(String.valueOf(problem)).doesNotContain("secret");
        if (status == 503) {
            assertThat(response.getHeaderString("Retry-After")).isNotEmpty();
        }
        return problem;
    }
}
