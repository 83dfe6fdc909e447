-- What a caller sent under a key of its own, and what it was answered, so that a repeated request is answered the same.
-- status and answer: null while the first request is under way, or when it never ended. image_id: what was stored.
CREATE TABLE idempotency_key (
    caller         text NOT NULL,
    key_hash     text NOT NULL CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    request_hash text NOT NULL CHECK (request_hash ~ '^[0-9a-f]{64}$'),
    status         integer,
    answer         text,
    image_id       uuid,
    at             timestamptz NOT NULL,
    PRIMARY KEY (caller, key_hash)
);
CREATE INDEX idempotency_key_by_time ON idempotency_key (at);
CREATE INDEX idempotency_key_by_image ON idempotency_key (image_id);
