-- Which keys of the data directory made the hashes that are stored. A fingerprint says which key it is, and nothing of it.
CREATE TABLE secret (
    purpose     text PRIMARY KEY CHECK (purpose IN ('patients', 'images', 'pseudonyms', 'erasures')),
    fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{32}$'),
    since       timestamptz NOT NULL
);
