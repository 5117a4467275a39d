-- Contact points are looked up by their record alone: two indexes nobody asks
-- cost every customer six entries. SQLite's search index gathers more in memory
-- before it writes a segment: an import's chunk is one segment, not three that
-- are merged again later.

-- both
DROP INDEX "contact_point_kind_folded_id_idx";
DROP INDEX "contact_point_digits_id_idx";

-- sqlite
INSERT INTO "search_customer" ("search_customer", rank) VALUES ('hashsize', 4194304);
INSERT INTO "search_contact" ("search_contact", rank) VALUES ('hashsize', 4194304);
INSERT INTO "search_product" ("search_product", rank) VALUES ('hashsize', 4194304);
