-- Whether annotated slices of a study may support its other slices; never a slice itself.
ALTER TABLE pool ADD COLUMN own_study boolean NOT NULL DEFAULT false;

-- Which slice of which study of its patient a query was, and whether the pool let the study's own slices support it.
ALTER TABLE answer
    ADD COLUMN series text,
    ADD COLUMN slice_index integer CHECK (slice_index >= 0),
    ADD COLUMN own_study boolean NOT NULL DEFAULT false;
ALTER TABLE answer ADD CONSTRAINT answer_slice_of_series CHECK ((series IS NULL) = (slice_index IS NULL));

-- Slices of one study are looked for by their series.
CREATE INDEX image_by_series ON image (series) WHERE series IS NOT NULL;
