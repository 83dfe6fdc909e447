package org.precedent.index.solr;

import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;

/** The state that searches of this process ask for. */
interface VisibleState {
    IndexState state();

    /** Moves to the newest state that whoever writes has made visible. */
    void refresh();

    void close();

    /** That of this process's own writer. */
    static VisibleState of(SolrWriter writer) {
        return new VisibleState() {
            @Override
            public IndexState state() {
                return writer.state();
            }

            @Override
            public void refresh() {}

            @Override
            public void close() {
                writer.close();
            }
        };
    }

    /**
     * That of another process's writer.
     *
     * @throws IndexException MISSING when there is none yet, or one that is {@link
     *     IndexException#rebuildable}
     */
    static VisibleState of(SolrCollection collection, IndexContent content) {
        return new VisibleState() {
            private volatile IndexState state = read(collection, content);

            @Override
            public IndexState state() {
                return state;
            }

            @Override
            public void refresh() {
                state = read(collection, content);
            }

            @Override
            public void close() {}
        };
    }

    private static IndexState read(SolrCollection collection, IndexContent content) {
        IndexState state =
                collection
                        .state()
                        .orElseThrow(() ->
                                IndexException.of(
                                        IndexException.Code.MISSING,
                                        "there is no collection "
                                                + collection.name()
                                                + " in SolrCloud yet"))
                        .state();
        state.check(content, collection.name());
        return state;
    }
}
