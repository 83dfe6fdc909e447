-- Stored samples of a viewer's volume that are outside the image, which the file it is kept as cannot say.
ALTER TABLE viewer_image
    ADD COLUMN padding_low bigint,
    ADD COLUMN padding_high bigint,
    ADD CONSTRAINT viewer_image_padding CHECK ((padding_low IS NULL) = (padding_high IS NULL) AND padding_low <= padding_high);
