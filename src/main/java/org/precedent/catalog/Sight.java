package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.ArrayList;
import java.util.List;
import org.precedent.access.Scope;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.TaskEntity;

/** What a scope may see and change of annotations, as ids that a statement can take. */
@ApplicationScoped
public class Sight {
    private final EntityManager entities;
    private final Catalog catalog;

    Sight(EntityManager entities, Catalog catalog) {
        this.entities = entities;
        this.catalog = catalog;
    }

    /**
     * How far a scope reaches at one moment.
     *
     * @param everything whether nothing is out of reach; then the lists are empty
     * @param ownTasks tasks of the own site: everything of them may be seen, and changed by
     *     curators
     * @param pools readable pools of other sites' tasks: what these hold may be seen
     * @param contributed those of them that take images: own images in them may be changed
     * @param sharedTasks tasks that those pools are of
     */
    public record Reach(
            Scope scope,
            boolean everything,
            List<Integer> ownTasks,
            List<Integer> pools,
            List<Integer> contributed,
            List<Integer> sharedTasks) {
        public Reach {
            ownTasks = List.copyOf(ownTasks);
            pools = List.copyOf(pools);
            contributed = List.copyOf(contributed);
            sharedTasks = List.copyOf(sharedTasks);
        }
    }

    /** How far a scope reaches now. */
    @Transactional
    public Reach of(Scope scope) {
        if (scope.everywhere() && scope.identity().tasks().isEmpty()) {
            return new Reach(scope, true, List.of(), List.of(), List.of(), List.of());
        }
        List<Integer> own = new ArrayList<>();
        List<Integer> pools = new ArrayList<>();
        List<Integer> contributed = new ArrayList<>();
        List<Integer> shared = new ArrayList<>();
        for (TaskEntity task :
                entities.createQuery("FROM Task ORDER BY id", TaskEntity.class).getResultList()) {
            if (!scope.admitsTask(task.name)) {
                continue;
            }
            if (scope.owns(task.site)) {
                own.add(task.id);
                continue;
            }
            for (PoolEntity pool : catalog.readablePools(scope, task)) {
                pools.add(pool.id);
                if (scope.contributes(Catalog.rights(pool))) {
                    contributed.add(pool.id);
                }
                if (!shared.contains(task.id)) {
                    shared.add(task.id);
                }
            }
        }
        return new Reach(scope, false, own, pools, contributed, shared);
    }
}
