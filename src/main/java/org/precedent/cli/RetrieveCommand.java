package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.api.view.RetrievalView;
import org.precedent.query.QueryService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Only the supports of a query. */
@Command(
        name = "retrieve",
        mixinStandardHelpOptions = true,
        description =
                "Prints, as JSON, the supports that an image's segmentation would rest on, with"
                        + " similarity and weight.")
final class RetrieveCommand extends ServiceCommand {
    @Spec private @Nullable CommandSpec spec;
    @Mixin private QueryOptions options = new QueryOptions();

    @Override
    public Integer call() throws JsonProcessingException {
        RetrievalView view = RetrievalView.of(bean(QueryService.class).retrieve(options.query()));
        Objects.requireNonNull(spec)
                .commandLine()
                .getOut()
                .println(
                        bean(ObjectMapper.class)
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(view));
        return 0;
    }
}
