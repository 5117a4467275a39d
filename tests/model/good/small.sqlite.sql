CREATE TABLE "thing" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "name" TEXT
) STRICT;
CREATE UNIQUE INDEX "thing_source_external_id_key" ON "thing" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "thing_deleted_at_idx" ON "thing" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
