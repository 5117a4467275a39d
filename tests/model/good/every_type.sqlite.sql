CREATE TABLE "other" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT
) STRICT;
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
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "story" TEXT,
    "story_fold" TEXT,
    "count" INTEGER NOT NULL DEFAULT 3,
    "price" INTEGER NOT NULL DEFAULT 250000,
    "amount" INTEGER,
    "currency" TEXT NOT NULL DEFAULT 'CNY',
    "on" INTEGER NOT NULL DEFAULT 0,
    "day" INTEGER,
    "at" INTEGER,
    "kind" TEXT NOT NULL DEFAULT 'a',
    "kinds" TEXT NOT NULL DEFAULT ',a,b,',
    "none" TEXT NOT NULL DEFAULT '',
    "thing_id" INTEGER REFERENCES "thing" ("id") ON DELETE SET NULL,
    "other_id" INTEGER NOT NULL REFERENCES "other" ("id") ON DELETE RESTRICT,
    "user_id" INTEGER,
    "email" TEXT,
    "email_fold" TEXT,
    "phone" TEXT,
    "phone_fold" TEXT,
    "phone_digits" TEXT,
    "page" TEXT,
    "data" TEXT NOT NULL DEFAULT '{"it''s":[1,null]}',
    "bytes" BLOB,
    "hash" TEXT,
    "quote" TEXT NOT NULL DEFAULT 'it''s "q"?'
) STRICT;
CREATE UNIQUE INDEX "thing_source_external_id_key" ON "thing" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "thing_deleted_at_idx" ON "thing" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "thing_kind_day_key" ON "thing" ("kind", "day") WHERE "deleted_at" IS NULL;
CREATE INDEX "thing_owner_id_id_idx" ON "thing" ("owner_id", "id");
CREATE INDEX "thing_name_sort_id_idx" ON "thing" ("name_sort", "id");
CREATE INDEX "thing_amount_id_idx" ON "thing" ("amount", "id");
CREATE INDEX "thing_day_id_idx" ON "thing" ("day", "id");
CREATE INDEX "thing_at_id_idx" ON "thing" ("at", "id");
CREATE INDEX "thing_kind_id_idx" ON "thing" ("kind", "id");
CREATE INDEX "thing_thing_id_id_idx" ON "thing" ("thing_id", "id");
CREATE UNIQUE INDEX "thing_email_key" ON "thing" ("email") WHERE "deleted_at" IS NULL;
CREATE INDEX "thing_owner_id_name_sort_id_idx" ON "thing" ("owner_id", "name_sort", "id");
CREATE INDEX "thing_phone_digits_id_idx" ON "thing" ("phone_digits", "id");
CREATE VIRTUAL TABLE "search_thing" USING fts5(tokens, content='', detail=none, tokenize='ascii');
