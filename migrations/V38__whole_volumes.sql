-- Of an answer about a whole volume: the hash of each slice's pixels, from the first. Its query, masks and probabilities
-- hold all slices, each below the one before. NULL: a picture, or one slice. No bytes are kept under these hashes: an
-- erasure finds by them which volumes show what is to be erased.
ALTER TABLE answer ADD COLUMN slice_hashes text[] CHECK (cardinality(slice_hashes) >= 2);
CREATE INDEX answer_by_slice_hashes ON answer USING gin (slice_hashes) WHERE slice_hashes IS NOT NULL;

-- The network of volumes that a study was sent to, which answers it at once. NULL: the pool's, slice by slice.
ALTER TABLE study ADD COLUMN volume_network text;

-- Whether it came as DICOM, to which a segmentation can refer. Of studies of before nobody knows, and pages offer it.
ALTER TABLE study ADD COLUMN dicom boolean NOT NULL DEFAULT true;
