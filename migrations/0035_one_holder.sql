-- A record is shared with a user or with a team, never with both at once and
-- never with neither: a row that names both becomes two, one for nobody goes.

-- sqlite
CREATE TABLE "record_share_next" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "entity" TEXT NOT NULL,
    "record_id" INTEGER NOT NULL,
    "user_id" INTEGER REFERENCES "user" ("id") ON DELETE CASCADE,
    "team_id" INTEGER REFERENCES "team" ("id") ON DELETE CASCADE,
    "level" TEXT NOT NULL DEFAULT 'read',
    "until" INTEGER,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    CONSTRAINT "record_share_user_id_team_id_check" CHECK (CASE WHEN "user_id" IS NULL THEN 0 ELSE 1 END + CASE WHEN "team_id" IS NULL THEN 0 ELSE 1 END = 1)
) STRICT;
INSERT INTO "record_share_next" ("id", "entity", "record_id", "user_id", "team_id", "level", "until", "created_at", "created_by")
    SELECT "id", "entity", "record_id", "user_id", CASE WHEN "user_id" IS NULL THEN "team_id" END, "level", "until", "created_at", "created_by"
    FROM "record_share" WHERE "user_id" IS NOT NULL OR "team_id" IS NOT NULL;
INSERT INTO "record_share_next" ("entity", "record_id", "team_id", "level", "until", "created_at", "created_by")
    SELECT "entity", "record_id", "team_id", "level", "until", "created_at", "created_by"
    FROM "record_share" WHERE "user_id" IS NOT NULL AND "team_id" IS NOT NULL;
DROP TABLE "record_share";
ALTER TABLE "record_share_next" RENAME TO "record_share";
CREATE UNIQUE INDEX "record_share_entity_record_id_user_id_key" ON "record_share" ("entity", "record_id", "user_id");
CREATE UNIQUE INDEX "record_share_entity_record_id_team_id_key" ON "record_share" ("entity", "record_id", "team_id");
CREATE INDEX "record_share_user_id_entity_record_id_idx" ON "record_share" ("user_id", "entity", "record_id");
CREATE INDEX "record_share_team_id_entity_record_id_idx" ON "record_share" ("team_id", "entity", "record_id");
CREATE INDEX "record_share_until_id_idx" ON "record_share" ("until", "id");

-- postgres
DELETE FROM "record_share" WHERE "user_id" IS NULL AND "team_id" IS NULL;
WITH "both" AS (
    DELETE FROM "record_share" WHERE "user_id" IS NOT NULL AND "team_id" IS NOT NULL RETURNING *)
INSERT INTO "record_share" ("entity", "record_id", "user_id", "team_id", "level", "until", "created_at", "created_by")
    SELECT "entity", "record_id", "user_id", NULL, "level", "until", "created_at", "created_by" FROM "both"
    UNION ALL
    SELECT "entity", "record_id", NULL, "team_id", "level", "until", "created_at", "created_by" FROM "both";
ALTER TABLE "record_share" ADD CONSTRAINT "record_share_user_id_team_id_check" CHECK (CASE WHEN "user_id" IS NULL THEN 0 ELSE 1 END + CASE WHEN "team_id" IS NULL THEN 0 ELSE 1 END = 1);
