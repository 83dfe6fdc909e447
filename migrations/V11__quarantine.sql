-- Images that a projection (an index of a space, the store of encodings) could not project and has gone past: their
-- bytes are lost or damaged, or the encoder fails on them. They are tried again now and then, and go when they are well.
CREATE TABLE quarantine (
    projection text NOT NULL,
    image_id   uuid NOT NULL REFERENCES image ON DELETE CASCADE,
    reason     text NOT NULL,
    tries      integer NOT NULL DEFAULT 1 CHECK (tries > 0),
    since      timestamptz NOT NULL DEFAULT now(),
    tried_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, image_id)
);

-- A query waits until what its own pool holds is projected: that is the last change of the pool's images.
CREATE INDEX outbox_by_image ON outbox (image_id, sequence);
