-- Who asks, and what they may see. Everything that is there already belongs to the site "local", which is the
-- administrators' own; answers that nobody's name is on are theirs alone.

-- A task, and so its pools, belongs to a site. Two sites may have tasks of one name.
ALTER TABLE task ADD COLUMN site text NOT NULL DEFAULT 'local';
ALTER TABLE task DROP CONSTRAINT task_name_key;
ALTER TABLE task ADD CONSTRAINT task_name_of_site UNIQUE (site, name);

CREATE TABLE pool_share (
    pool_id integer NOT NULL REFERENCES pool,
    site    text NOT NULL,
    may     text NOT NULL CHECK (may IN ('READ', 'CONTRIBUTE')),
    PRIMARY KEY (pool_id, site)
);

ALTER TABLE answer ADD COLUMN asked_by text NOT NULL DEFAULT '';
ALTER TABLE answer ADD COLUMN asked_site text NOT NULL DEFAULT '';
ALTER TABLE answer ALTER COLUMN asked_by DROP DEFAULT, ALTER COLUMN asked_site DROP DEFAULT;
CREATE INDEX answer_support_by_annotation ON answer_support (annotation_id);

-- Ids of annotations are in addresses: new ones are 52 random bits (which JSON keeps exactly), not the next number.
ALTER TABLE annotation ALTER COLUMN id DROP IDENTITY;
ALTER TABLE annotation ALTER COLUMN id SET DEFAULT
    ('x' || left(replace(gen_random_uuid()::text, '-', ''), 12) || right(gen_random_uuid()::text, 1))::bit(52)::bigint;

-- Keys of people and programs. The secret is 256 random bits, of which only the hash is kept.
CREATE TABLE api_key (
    id            text PRIMARY KEY,
    secret_sha256 text NOT NULL CHECK (secret_sha256 ~ '^[0-9a-f]{64}$'),
    name          text NOT NULL,
    site          text,                       -- NULL: every site, administrators only
    roles         text[] NOT NULL,
    tasks         text[] NOT NULL DEFAULT '{}', -- none: every task
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL,
    expires_at    timestamptz,
    last_used_at  timestamptz,
    revoked_at    timestamptz
);

-- What the page signs in with; the cookie's hash.
CREATE TABLE session (
    secret_sha256 text PRIMARY KEY CHECK (secret_sha256 ~ '^[0-9a-f]{64}$'),
    key_id        text NOT NULL REFERENCES api_key,
    expires_at    timestamptz NOT NULL
);

-- What was done. Each row holds the hash of the one before; rows are never changed or removed.
CREATE TABLE audit (
    sequence      bigint PRIMARY KEY,
    at            timestamptz NOT NULL,
    who           text NOT NULL,
    roles         text NOT NULL,
    site          text NOT NULL,
    action        text NOT NULL,
    object        text NOT NULL,
    supports      text NOT NULL,
    outcome       text NOT NULL,
    previous_hash text NOT NULL,
    hash          text NOT NULL
);
CREATE TABLE audit_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sequence bigint NOT NULL,
    hash     text NOT NULL
);
INSERT INTO audit_head (sequence, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
