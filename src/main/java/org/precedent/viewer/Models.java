package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.CanonicalNames;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;

/**
 * What viewers call a model: a task with the pool that answers it. {@code TASK} means its pool
 * {@code default}, or its only one; {@code TASK/POOL} names a pool.
 */
@ApplicationScoped
public class Models {
    private static final String DEFAULT = "default";

    private final Catalog catalog;

    Models(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * A model.
     *
     * @param name as viewers say it
     * @param volumes whether the pool holds slices of volumes
     */
    public record Model(String name, Task task, Pool pool, boolean volumes) {
        /** The value of each label in a label map: dense, from 1; 0 is background. */
        public Map<String, Integer> legend() {
            Map<String, Integer> legend = new LinkedHashMap<>();
            task.labels().forEach(label -> legend.put(label.name(), legend.size() + 1));
            return legend;
        }
    }

    /** The models of a scope; a task that has no label yet is none. */
    public List<Model> list(Scope scope) {
        scope.require(Action.SEE_TASKS);
        Map<String, Model> models = new LinkedHashMap<>();
        for (Task task : catalog.tasks(scope)) {
            List<Pool> pools = task.labels().isEmpty() ? List.of() : catalog.pools(scope, task);
            for (Pool pool : pools) {
                String name =
                        pools.size() == 1 || CanonicalNames.same(pool.name(), DEFAULT)
                                ? task.name()
                                : task.name() + "/" + pool.name();
                // Of two tasks of one name the own site's is meant, as everywhere.
                if (!models.containsKey(name) || scope.owns(task.site())) {
                    models.put(name, model(name, task, pool));
                }
            }
        }
        return List.copyOf(models.values());
    }

    private Model model(String name, Task task, Pool pool) {
        return new Model(name, task, pool, catalog.sliceNormal(pool).isPresent());
    }

    /**
     * A model by its name, as {@link #list} gives it; or any pool of a task as {@code TASK/POOL}.
     *
     * @throws ViewerException UNKNOWN_MODEL
     */
    public Model require(Scope scope, String name) {
        scope.require(Action.SEE_TASKS);
        int slash = name.indexOf('/');
        String task = slash < 0 ? name : name.substring(0, slash);
        for (Task known : catalog.tasks(scope)) {
            if (!CanonicalNames.same(known.name(), task)) {
                continue;
            }
            Task meant = catalog.task(scope, task);
            List<Pool> pools = catalog.pools(scope, meant);
            for (Pool pool : pools) {
                boolean wanted =
                        slash < 0
                                ? pools.size() == 1 || CanonicalNames.same(pool.name(), DEFAULT)
                                : CanonicalNames.same(pool.name(), name.substring(slash + 1));
                if (wanted) {
                    return model(name, meant, pool);
                }
            }
        }
        throw ViewerException.unknownModel(name, list(scope).stream().map(Model::name).toList());
    }
}
