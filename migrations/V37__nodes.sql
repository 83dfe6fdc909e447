-- Several nodes on one catalogue. Which of them does what is done once, and until when by this database's clock;
-- `epoch` counts how often that changed. No row before the first of them.
CREATE TABLE leader (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    owner uuid NOT NULL,
    node text NOT NULL,
    epoch bigint NOT NULL,
    until timestamptz NOT NULL
);

-- What all of them know: `serving`, the space in which images are compared, where indexes are no files of one machine.
CREATE TABLE shared_text (
    name text PRIMARY KEY,
    text text NOT NULL
);
