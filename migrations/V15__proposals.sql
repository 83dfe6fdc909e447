-- An unreviewed mask of an image and label of which a pool holds an approved one does not replace it: it waits beside
-- it, and takes its place when a curator approves it. action_id: the verdict or correction that it came from; while
-- that is undone, the mask does not wait.
CREATE TABLE pool_proposal (
    pool_id       integer NOT NULL REFERENCES pool,
    annotation_id bigint NOT NULL REFERENCES annotation,
    action_id     bigint REFERENCES curation_action,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (pool_id, annotation_id)
);
CREATE INDEX pool_proposal_by_annotation ON pool_proposal (annotation_id);

-- Those that wait now: the newest of each image and label that nobody has decided on.
CREATE VIEW waiting_proposal AS
SELECT p.pool_id, p.annotation_id
FROM pool_proposal p
JOIN annotation a ON a.id = p.annotation_id AND a.review_state = 'UNREVIEWED'
LEFT JOIN curation_action c ON c.id = p.action_id
WHERE coalesce(c.in_force, true)
  AND NOT EXISTS (
    SELECT 1 FROM pool_member m JOIN annotation y ON y.id = m.annotation_id
    WHERE m.pool_id = p.pool_id AND m.until_version IS NULL
      AND y.image_id = a.image_id AND y.label_id = a.label_id AND y.version >= a.version)
  AND NOT EXISTS (
    SELECT 1 FROM pool_proposal q JOIN annotation z ON z.id = q.annotation_id
    LEFT JOIN curation_action d ON d.id = q.action_id
    WHERE q.pool_id = p.pool_id AND z.image_id = a.image_id AND z.label_id = a.label_id
      AND z.version > a.version AND coalesce(d.in_force, true));
