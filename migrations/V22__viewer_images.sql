-- Images that viewers send ahead of any annotation: the datastore and the sessions of MONAI Label's routes. What is kept
-- of a file is its pixels or its volume, never its header. They go when nobody used them for a while.
CREATE TABLE viewer_image (
    id          uuid PRIMARY KEY,
    site        text NOT NULL,
    owner       text NOT NULL,
    name        text NOT NULL,                -- what the viewer calls it
    session     boolean NOT NULL,             -- of a session, which only its owner knows; its name is its id
    kind        text NOT NULL CHECK (kind IN ('PICTURE', 'NIFTI', 'NRRD')),
    file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
    sent_hash   text NOT NULL CHECK (sent_hash ~ '^[0-9a-f]{64}$'), -- of the file as it was sent, which is not kept
    patient     text NOT NULL,
    modality    text NOT NULL,
    bright_low  boolean NOT NULL,
    info        jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    kept_s      bigint NOT NULL CHECK (kept_s > 0), -- seconds that it is kept after its last use
    expires_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX viewer_image_by_name ON viewer_image (site, owner, name);
CREATE INDEX viewer_image_by_expiry ON viewer_image (expires_at);
