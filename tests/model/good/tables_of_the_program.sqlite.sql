CREATE TABLE "a_rather_long_name_of_an_entity_for_once" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "also_a_rather_long_name_of_a_field_of_this_one" INTEGER,
    "the_other_rather_long_name_of_a_field_here_id" INTEGER REFERENCES "change" ("id") ON DELETE CASCADE,
    CONSTRAINT "a_rather_long_name_of_an_entity_for_once_also_a__4d347684_check" CHECK (CASE WHEN "also_a_rather_long_name_of_a_field_of_this_one" IS NULL THEN 0 ELSE 1 END + CASE WHEN "the_other_rather_long_name_of_a_field_here_id" IS NULL THEN 0 ELSE 1 END = 1)
) STRICT;
CREATE TABLE "change" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "xid" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL
) STRICT;
CREATE INDEX "a_rather_long_name_of_an_entity_for_once_also_a_ra_27f4c731_idx" ON "a_rather_long_name_of_an_entity_for_once" ("also_a_rather_long_name_of_a_field_of_this_one", "id");
CREATE INDEX "change_xid_id_idx" ON "change" ("xid", "id");
