-- Answers that were looked at again from nearer by, and studies that are asked so.
ALTER TABLE answer ADD COLUMN close_up boolean NOT NULL DEFAULT false;
ALTER TABLE study ADD COLUMN close_up boolean NOT NULL DEFAULT false;
