-- A range that padding around an image does not widen. Answers of before keep theirs.
ALTER TABLE answer DROP CONSTRAINT answer_input_range_check;
ALTER TABLE answer ADD CONSTRAINT answer_input_range_check
    CHECK (input_range IN ('min-max', 'percentile-0.5', 'percentile-0.5-apart', 'percentile-0.5-inside'));
