
-- sqlite
ALTER TABLE "thing" ADD COLUMN "size" INTEGER;
ALTER TABLE "thing" ADD COLUMN "price" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "thing" ADD COLUMN "thing_id" INTEGER REFERENCES "thing" ("id") ON DELETE RESTRICT;
ALTER TABLE "thing" ADD COLUMN "title" TEXT;
ALTER TABLE "thing" ADD COLUMN "title_fold" TEXT;
ALTER TABLE "thing" ADD COLUMN "title_sort" TEXT;

-- postgres
ALTER TABLE "thing" ADD COLUMN "size" bigint;
ALTER TABLE "thing" ADD COLUMN "price" bigint NOT NULL DEFAULT 0;
ALTER TABLE "thing" ADD COLUMN "thing_id" bigint;
ALTER TABLE "thing" ADD COLUMN "title" text COLLATE "C";
ALTER TABLE "thing" ADD COLUMN "title_fold" text COLLATE "C";
ALTER TABLE "thing" ADD COLUMN "title_sort" text COLLATE "C";

-- both
CREATE INDEX "thing_size_id_idx" ON "thing" ("size", "id");
CREATE INDEX "thing_title_sort_id_idx" ON "thing" ("title_sort", "id");
CREATE INDEX "thing_size_name_idx" ON "thing" ("size", "name");

-- sqlite
CREATE VIRTUAL TABLE "search_thing" USING fts5(tokens, content='', detail=none, tokenize='ascii');

-- postgres
ALTER TABLE "thing" ADD CONSTRAINT "thing_thing_id_fkey" FOREIGN KEY ("thing_id") REFERENCES "thing" ("id") ON DELETE RESTRICT;
CREATE TABLE "search_thing" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_thing_tokens_idx" ON "search_thing" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
