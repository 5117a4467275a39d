-- A record is shared with a user or with a team.

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
    "created_by" INTEGER
) STRICT;
INSERT INTO "record_share_next" ("id", "entity", "record_id", "user_id", "level", "until", "created_at", "created_by")
    SELECT "id", "entity", "record_id", "user_id", "level", "until", "created_at", "created_by" FROM "record_share";
DROP TABLE "record_share";
ALTER TABLE "record_share_next" RENAME TO "record_share";
CREATE UNIQUE INDEX "record_share_entity_record_id_user_id_key" ON "record_share" ("entity", "record_id", "user_id");
CREATE INDEX "record_share_user_id_entity_record_id_idx" ON "record_share" ("user_id", "entity", "record_id");
CREATE INDEX "record_share_until_id_idx" ON "record_share" ("until", "id");

-- postgres
ALTER TABLE "record_share" ALTER COLUMN "user_id" DROP NOT NULL;
ALTER TABLE "record_share" ADD COLUMN "team_id" bigint;

-- both
CREATE UNIQUE INDEX "record_share_entity_record_id_team_id_key" ON "record_share" ("entity", "record_id", "team_id");
CREATE INDEX "record_share_team_id_entity_record_id_idx" ON "record_share" ("team_id", "entity", "record_id");

-- postgres
ALTER TABLE "record_share" ADD CONSTRAINT "record_share_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id") ON DELETE CASCADE;
