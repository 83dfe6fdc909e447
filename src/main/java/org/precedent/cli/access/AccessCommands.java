package org.precedent.cli.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.access.ApiKey;
import org.precedent.access.ApiKeys;
import org.precedent.access.AuditTrail;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.api.view.KeyView;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.service.ServiceCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Who may do what, and what was done. */
public final class AccessCommands {
    private AccessCommands() {}

    /** Keys of people and programs. */
    @Command(
            name = "key",
            header = "Keys of people and programs.%n",
            mixinStandardHelpOptions = true,
            description = "Keys of people and programs: make, list, revoke.",
            subcommands = {Key.Create.class, Key.ListKeys.class, Key.Revoke.class},
            footerHeading = "%nExample:%n",
            footer = "  precedent key create --name viewer --role client --site north")
    public static final class Key implements Runnable {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing: create, list or revoke");
        }

        /** What the three commands have in common: a service that runs is asked. */
        abstract static class Keys extends ServiceCommand {
            @Override
            public final boolean asksRunningService() {
                return true;
            }

            final void print(Object answer) {
                try {
                    commandLine()
                            .getOut()
                            .println(
                                    new ObjectMapper()
                                            .findAndRegisterModules()
                                            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                                            .writerWithDefaultPrettyPrinter()
                                            .writeValueAsString(answer));
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException(e);
                }
            }

            final void audit(String action, String key) {
                bean(AuditTrail.class).record(Scope.machine(), action, key, List.of(), "done");
            }
        }

        @Command(
                name = "create",
                mixinStandardHelpOptions = true,
                description = "Makes a key and prints it: the only time that its secret is shown.")
        static final class Create extends Keys {
            @Option(names = "--name", required = true, description = "whom it is for")
            private String name = "";

            @Option(
                    names = "--role",
                    required = true,
                    split = ",",
                    description = "client, annotator, curator, auditor or operator; repeatable")
            private List<String> roles = new ArrayList<>();

            @Option(names = "--site", description = "the site whose roles these are")
            private @Nullable String site;

            @Option(names = "--every-site", description = "instead of --site: of every site")
            private boolean everySite;

            @Option(
                    names = "--task",
                    split = ",",
                    description = "a task that it is limited to; repeatable (default: no limit)")
            private List<String> tasks = new ArrayList<>();

            @Option(
                    names = "--days",
                    description = "after how many days it proves nothing (default: never)")
            private @Nullable Integer days;

            @Override
            public int ask(RunningService service) {
                requireSite();
                ObjectNode wanted = new ObjectMapper().createObjectNode();
                wanted.put("name", name);
                roles.forEach(wanted.putArray("roles")::add);
                wanted.put("site", site);
                wanted.put("everySite", everySite);
                tasks.forEach(wanted.putArray("tasks")::add);
                wanted.put("days", days);
                print(service.post("/v1/keys", wanted));
                return 0;
            }

            @Override
            public Integer call() {
                requireSite();
                Set<Role> known = new LinkedHashSet<>();
                roles.forEach(word -> known.add(Role.of(word)));
                ApiKeys.Made made =
                        bean(ApiKeys.class)
                                .create(
                                        Scope.machine(),
                                        name,
                                        site,
                                        known,
                                        Set.copyOf(tasks),
                                        days == null
                                                ? null
                                                : bean(Clock.class)
                                                        .instant()
                                                        .plus(Duration.ofDays(days)));
                audit("key create", made.key().id());
                print(KeyView.of(made));
                return 0;
            }

            private void requireSite() {
                if ((site == null) != everySite) {
                    throw new ParameterException(
                            commandLine(), "name a site with --site, or say --every-site");
                }
            }
        }

        @Command(
                name = "list",
                mixinStandardHelpOptions = true,
                description = "Prints all keys, newest first, without their secrets.")
        static final class ListKeys extends Keys {
            @Override
            public int ask(RunningService service) {
                JsonNode keys = service.read("/v1/keys");
                print(keys);
                return 0;
            }

            @Override
            public Integer call() {
                List<ApiKey> keys = bean(ApiKeys.class).list(Scope.machine());
                print(keys.stream().map(KeyView::of).toList());
                return 0;
            }
        }

        @Command(
                name = "revoke",
                mixinStandardHelpOptions = true,
                description = "From now on the key proves nothing.")
        static final class Revoke extends Keys {
            @Parameters(paramLabel = "ID", description = "the key's id, as list prints it")
            private String id = "";

            @Override
            public int ask(RunningService service) {
                print(service.delete("/v1/keys/" + id));
                return 0;
            }

            @Override
            public Integer call() {
                KeyView revoked = KeyView.of(bean(ApiKeys.class).revoke(Scope.machine(), id));
                audit("key revoke", id);
                print(revoked);
                return 0;
            }
        }
    }

    /** What was done, by whom. */
    @Command(
            name = "audit",
            header = "What was done, by whom.%n",
            mixinStandardHelpOptions = true,
            description = "The audit trail: export it, check that nothing in it was changed.",
            subcommands = {Audit.Export.class, Audit.Verify.class})
    public static final class Audit implements Runnable {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing: export or verify");
        }

        @Command(
                name = "export",
                mixinStandardHelpOptions = true,
                description = "Prints every entry as a JSON line, in order.")
        static final class Export extends ServiceCommand {
            @Override
            public Integer call() {
                PrintWriter out = commandLine().getOut();
                ObjectMapper json = bean(ObjectMapper.class);
                bean(AuditTrail.class)
                        .export(
                                Scope.machine(),
                                entry -> {
                                    try {
                                        out.println(json.writeValueAsString(entry));
                                    } catch (JsonProcessingException e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
                out.flush();
                return 0;
            }
        }

        @Command(
                name = "verify",
                mixinStandardHelpOptions = true,
                description = {
                    "Follows the chain of hashes from the first entry to the last.",
                    "Exit status 1 where an entry was changed, removed or added."
                })
        static final class Verify extends ServiceCommand {
            @Override
            public Integer call() {
                PrintWriter out = commandLine().getOut();
                AuditTrail.Verification found = bean(AuditTrail.class).verify();
                out.printf(
                        "%d entries: %s%n",
                        found.entries(), found.fault() == null ? "unbroken" : found.fault());
                out.flush();
                return found.fault() == null ? 0 : 1;
            }
        }
    }
}
