-- A slice of a volume may be known not to show a label: a mask of nothing, which keeps a network from finding the
-- structure beyond its ends. Masks of pictures still hold at least one pixel.
ALTER TABLE annotation DROP CONSTRAINT annotation_area_check;
ALTER TABLE annotation ADD CONSTRAINT annotation_area_check CHECK (area >= 0);
