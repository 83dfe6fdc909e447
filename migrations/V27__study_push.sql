-- Whether the segmentation of a study that came from the archive goes back there, and what became of that. NULL: nobody
-- asked for it.
ALTER TABLE study
    ADD COLUMN push        text CHECK (push IN ('pending', 'stored', 'failed')),
    ADD COLUMN push_reason text;
CREATE INDEX study_by_push ON study (kept_in) WHERE push = 'pending';
