-- Shares that have run out are taken away once a minute: found without reading
-- all of them.

-- both
CREATE INDEX "record_share_until_id_idx" ON "record_share" ("until", "id");
