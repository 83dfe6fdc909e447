-- Lists and maps of pools that were computed in the background, so that a restart does not lose them. They name images: an erasure empties the table.
-- reader: the site whose names they are in, empty for administrators; label_ids: by comma; made_with: what the figures come from besides the version.
CREATE TABLE pool_look (
    what         text NOT NULL,
    reader       text NOT NULL,
    pool_id      integer NOT NULL REFERENCES pool (id),
    label_ids    text NOT NULL CHECK (label_ids ~ '^([0-9]+(,[0-9]+)*)?$'),
    made_with    text NOT NULL,
    pool_version integer NOT NULL CHECK (pool_version > 0),
    computed_at  timestamptz NOT NULL,
    result       jsonb NOT NULL,
    PRIMARY KEY (what, reader, pool_id, label_ids)
);
