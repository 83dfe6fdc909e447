-- A viewer's session travels in addresses, which proxies write down: it opens the routes of viewers and nothing else. Open ones of
-- before are taken for sessions of the page, which no address brings.
ALTER TABLE session ADD COLUMN viewer boolean NOT NULL DEFAULT false;

-- What an image of a viewer takes, so that the images of one caller have a limit together. Those of before count as nothing.
ALTER TABLE viewer_image ADD COLUMN bytes bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0);
