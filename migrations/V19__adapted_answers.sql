-- The weights that the answering ones were adapted from; NULL where the network's own weights answered.
ALTER TABLE answer ADD COLUMN adapted_from text;
