-- Why a support was chosen, and how far an answer is to be trusted.
ALTER TABLE answer_support
    ADD COLUMN matches jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN ranks   jsonb NOT NULL DEFAULT '{}';
-- NULL: the pool was not calibrated when the query was answered.
ALTER TABLE answer_label ADD COLUMN confidence jsonb;
-- The places along the contour that asked, in the query's own pixels.
ALTER TABLE answer_label ADD COLUMN points jsonb NOT NULL DEFAULT '[]';
-- 0: not known of answers from before.
ALTER TABLE answer
    ADD COLUMN query_width  integer NOT NULL DEFAULT 0,
    ADD COLUMN query_height integer NOT NULL DEFAULT 0;
