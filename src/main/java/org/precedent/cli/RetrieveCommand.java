package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.api.view.RetrievalView;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.query.QueryService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Only the supports of a query. */
@Command(
        name = "retrieve",
        header = "Prints only the supports of an image.%n",
        mixinStandardHelpOptions = true,
        description =
                "Prints, as JSON, the supports that an image's segmentation would rest on, with"
                        + " similarity and weight.")
final class RetrieveCommand extends ServiceCommand {
    @Spec private @Nullable CommandSpec spec;
    @Mixin private QueryOptions options = new QueryOptions();

    @Override
    public boolean asksRunningService() {
        return options.canBeSent();
    }

    @Override
    public void check() {
        options.requireImage();
        options.check();
        options.requireNothingAboutLooks();
    }

    @Override
    public int ask(RunningService service) throws JsonProcessingException {
        print(service.post("/v1/retrievals", options.form()), new ObjectMapper());
        return 0;
    }

    @Override
    public Integer call() throws JsonProcessingException {
        RetrievalView view =
                RetrievalView.of(
                        bean(QueryService.class).retrieve(Scope.machine(), options.query()));
        print(view, bean(ObjectMapper.class));
        return 0;
    }

    private void print(Object view, ObjectMapper json) throws JsonProcessingException {
        Objects.requireNonNull(spec)
                .commandLine()
                .getOut()
                .println(json.writerWithDefaultPrettyPrinter().writeValueAsString(view));
    }
}
