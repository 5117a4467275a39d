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
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "name" TEXT,
    "thing_id" INTEGER REFERENCES "thing" ("id") ON DELETE RESTRICT,
    "width" INTEGER,
    "height" INTEGER
) STRICT;
CREATE TABLE "thing_stats" (
    "id" INTEGER NOT NULL PRIMARY KEY REFERENCES "thing" ("id") ON DELETE CASCADE,
    "sales" INTEGER NOT NULL DEFAULT 0,
    "grade" TEXT
) STRICT;
CREATE UNIQUE INDEX "thing_source_external_id_key" ON "thing" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "thing_deleted_at_idx" ON "thing" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "thing_owner_id_id_idx" ON "thing" ("owner_id", "id");
CREATE INDEX "thing_width_height_idx" ON "thing" ("width", "height");
CREATE INDEX "thing_stats_sales_id_idx" ON "thing_stats" ("sales", "id");
