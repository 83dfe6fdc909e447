-- Names are compared in one spelling from here on. What was stored keeps its own spelling and its id; an index knows
-- patients and sites by their compared form, so every image whose patient or site may have another one than it was
-- indexed under is projected again. That is every one that is not small letters, digits and signs of ASCII with single
-- spaces inside; the others' keys are what they were. Projecting keeps vectors that are there.
WITH changed AS (
    SELECT id, row_number() OVER (ORDER BY id) AS step
    FROM image
    WHERE patient !~ '^[!-@[-~]+( [!-@[-~]+)*$' OR site !~ '^[!-@[-~]+( [!-@[-~]+)*$'
), written AS (
    INSERT INTO outbox (sequence, image_id, created_at)
    SELECT counter.value + changed.step, changed.id, now()
    FROM changed, outbox_counter counter
    RETURNING sequence
)
UPDATE outbox_counter SET value = greatest(value, (SELECT coalesce(max(sequence), 0) FROM written));

-- Whether a picture of this size is stored as it was sent rather than in its canonical samples.
CREATE INDEX image_by_form ON image (width, height, channels, bits_per_sample);

-- Images that would have been supports, but show the query's own picture or one that another support shows.
ALTER TABLE answer_label ADD COLUMN left_out jsonb NOT NULL DEFAULT '[]';
