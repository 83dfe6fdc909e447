-- How an answer was computed, as far as its bits depend on it. NULL: not known of answers from before.
ALTER TABLE answer ADD COLUMN arithmetic text;
