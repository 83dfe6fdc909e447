-- Which grey values of query and supports became 0 and 1 for the network. Answers of before clipped nothing.
ALTER TABLE answer
    ADD COLUMN input_range text NOT NULL DEFAULT 'min-max'
        CHECK (input_range IN ('min-max', 'percentile-0.5'));
-- Why the network could hardly see the label in the query. NULL: it could; not known of answers from before.
ALTER TABLE answer_label ADD COLUMN below_resolution text;
