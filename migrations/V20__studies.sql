-- A volume that somebody sent to be segmented, slice by slice, in the background. Its files lie in the data directory,
-- in studies/ID, until it is asked for no longer; nothing of their headers is here. identity_site, roles and tasks: with
-- what rights it goes on, as the key had them that sent it. kept_in: the data directory that has its files.
CREATE TABLE study (
    id              uuid PRIMARY KEY,
    kept_in         uuid NOT NULL,
    task_id         integer NOT NULL REFERENCES task,
    pool_id         integer NOT NULL REFERENCES pool,
    pool_version    integer NOT NULL,
    asked_by        text NOT NULL,
    asked_site      text NOT NULL,
    identity_site   text,                       -- NULL: every site
    roles           text[] NOT NULL,
    tasks           text[] NOT NULL,
    name            text NOT NULL,
    labels          text[] NOT NULL,
    support_size    integer NOT NULL CHECK (support_size >= 1),
    temperature     text,                       -- NULL: the pool's
    strategy        text NOT NULL,
    seed            bigint NOT NULL,
    site            text,
    patient         text,
    near_duplicates boolean NOT NULL,           -- whether they may support
    series          text NOT NULL,              -- by which it is known among its patient's
    modality        text NOT NULL,
    axis            text NOT NULL CHECK (axis IN ('i', 'j', 'k')),
    plane           text,
    range_low       double precision NOT NULL,
    range_high      double precision NOT NULL,
    voxel_mm3       double precision NOT NULL,  -- 0: not known
    slices          integer NOT NULL CHECK (slices >= 1),
    done            integer NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND slices),
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'running', 'done', 'cancelled', 'failed')),
    reason          text,                       -- of a failure
    network         text NOT NULL DEFAULT '',
    voxels          bigint[],                   -- by label, once it is done
    created_at      timestamptz NOT NULL,
    touched_at      timestamptz NOT NULL,       -- when whoever has its files said last that it is there
    started_at      timestamptz,                -- the last time, and how many slices were done then
    started_done    integer NOT NULL DEFAULT 0,
    ended_at        timestamptz,
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
);
CREATE INDEX study_by_state ON study (state, created_at);

-- The answer of each slice; none where the slice is of one value and was not asked.
CREATE TABLE study_slice (
    study_id        uuid NOT NULL REFERENCES study ON DELETE CASCADE,
    number          integer NOT NULL CHECK (number >= 0),
    answer_id       uuid REFERENCES answer,
    caution_labels  text[] NOT NULL,            -- whose masks are not to be trusted, and why
    caution_reasons text[] NOT NULL,
    PRIMARY KEY (study_id, number)
);
CREATE INDEX study_slice_by_answer ON study_slice (answer_id);
