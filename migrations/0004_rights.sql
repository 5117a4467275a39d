-- Levels of secrecy can be asked for quickly; files of records have a bin.

-- sqlite
ALTER TABLE "file" ADD COLUMN "deleted_at" INTEGER;
ALTER TABLE "file" ADD COLUMN "deleted_by" INTEGER;

-- postgres
ALTER TABLE "file" ADD COLUMN "deleted_at" bigint;
ALTER TABLE "file" ADD COLUMN "deleted_by" bigint;

-- both
CREATE INDEX "contact_secrecy_id_idx" ON "contact" ("secrecy", "id");
CREATE INDEX "customer_secrecy_id_idx" ON "customer" ("secrecy", "id");
