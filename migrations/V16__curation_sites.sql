-- Curation by site: where whoever did something is from, and which tasks it changed, so that a site's history has what
-- was done to its own tasks and what its own people did. Everything before was done by administrators.
ALTER TABLE curation_action ADD COLUMN site text NOT NULL DEFAULT 'local';
ALTER TABLE curation_action ALTER COLUMN site DROP DEFAULT;

CREATE TABLE curation_subject (
    action_id bigint NOT NULL REFERENCES curation_action,
    task_id   integer NOT NULL REFERENCES task,
    PRIMARY KEY (action_id, task_id)
);
CREATE INDEX curation_subject_by_task ON curation_subject (task_id, action_id);

INSERT INTO curation_subject (action_id, task_id)
SELECT r.action_id, l.task_id
FROM review_change r JOIN annotation a ON a.id = r.annotation_id JOIN label l ON l.id = a.label_id
UNION
SELECT v.action_id, p.task_id FROM pool_version v JOIN pool p ON p.id = v.pool_id WHERE v.action_id IS NOT NULL
UNION
SELECT v.action_id, w.task_id
FROM answer_verdict v JOIN answer_label al ON al.id = v.answer_label_id JOIN answer w ON w.id = al.answer_id;

-- An undo is about what it took back.
WITH RECURSIVE chain (id, origin) AS (
    SELECT id, undoes FROM curation_action WHERE undoes IS NOT NULL
    UNION ALL
    SELECT chain.id, c.undoes FROM chain JOIN curation_action c ON c.id = chain.origin WHERE c.undoes IS NOT NULL
)
INSERT INTO curation_subject (action_id, task_id)
SELECT DISTINCT chain.id, s.task_id FROM chain JOIN curation_subject s ON s.action_id = chain.origin
ON CONFLICT DO NOTHING;
