-- The grade in force stands in the history, beside the computed one, with what
-- a row was written for; before the first grading one can be set by hand, too.

-- sqlite
CREATE TABLE "grade_history_next" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "customer_id" INTEGER NOT NULL REFERENCES "customer" ("id") ON DELETE CASCADE,
    "run_id" INTEGER,
    "as_of" INTEGER NOT NULL,
    "grade" TEXT,
    "previous_grade" TEXT,
    "effective_grade" TEXT,
    "previous_effective_grade" TEXT,
    "source" TEXT NOT NULL DEFAULT 'computed',
    "reason" TEXT,
    "until" INTEGER,
    "abc_class" TEXT,
    "r_score" INTEGER,
    "f_score" INTEGER,
    "m_score" INTEGER,
    "sales" INTEGER,
    "sales_rank" INTEGER,
    "at" INTEGER NOT NULL
) STRICT;
INSERT INTO "grade_history_next" ("id", "customer_id", "run_id", "as_of", "grade", "previous_grade", "effective_grade", "previous_effective_grade", "abc_class", "r_score", "f_score", "m_score", "sales", "sales_rank", "at")
    SELECT "id", "customer_id", "run_id", "as_of", "grade", "previous_grade", "grade", "previous_grade", "abc_class", "r_score", "f_score", "m_score", "sales", "sales_rank", "at" FROM "grade_history";
DROP TABLE "grade_history";
ALTER TABLE "grade_history_next" RENAME TO "grade_history";
CREATE INDEX "grade_history_as_of_id_idx" ON "grade_history" ("as_of", "id");
CREATE INDEX "grade_history_customer_id_as_of_id_idx" ON "grade_history" ("customer_id", "as_of", "id");
CREATE INDEX "grade_history_run_id_customer_id_idx" ON "grade_history" ("run_id", "customer_id");
CREATE INDEX "grade_history_at_customer_id_idx" ON "grade_history" ("at", "customer_id");
ALTER TABLE "customer_stats" ADD COLUMN "grade_by_hand" INTEGER NOT NULL DEFAULT 0;
UPDATE "customer_stats" SET "grade_by_hand" = 1 WHERE EXISTS (SELECT 1 FROM "customer" t WHERE t."id" = "customer_stats"."id" AND t."grade_override" = "customer_stats"."effective_grade" AND (t."grade_override_until" IS NULL OR t."grade_override_until" >= CAST(strftime('%s', 'now') AS INTEGER) / 86400));
-- Since when is not known here: the audit trail tells.
INSERT INTO "grade_history" ("customer_id", "as_of", "grade", "previous_grade", "effective_grade", "previous_effective_grade", "source", "reason", "until", "abc_class", "r_score", "f_score", "m_score", "sales", "at")
    SELECT s."id", CAST(strftime('%s', 'now') AS INTEGER) / 86400, s."grade", s."grade", s."effective_grade", s."grade", 'by_hand', t."grade_override_reason", t."grade_override_until", s."abc_class", s."r_score", s."f_score", s."m_score", s."sales", CAST(strftime('%s', 'now') AS INTEGER) * 1000
    FROM "customer_stats" s JOIN "customer" t ON t."id" = s."id" WHERE s."grade_by_hand" = 1;

-- postgres
ALTER TABLE "grade_history" ALTER COLUMN "run_id" DROP NOT NULL;
ALTER TABLE "grade_history" ADD COLUMN "effective_grade" text COLLATE "C";
ALTER TABLE "grade_history" ADD COLUMN "previous_effective_grade" text COLLATE "C";
ALTER TABLE "grade_history" ADD COLUMN "source" text COLLATE "C" NOT NULL DEFAULT 'computed';
ALTER TABLE "grade_history" ADD COLUMN "reason" text COLLATE "C";
ALTER TABLE "grade_history" ADD COLUMN "until" integer;
UPDATE "grade_history" SET "effective_grade" = "grade", "previous_effective_grade" = "previous_grade";
ALTER TABLE "customer_stats" ADD COLUMN "grade_by_hand" smallint NOT NULL DEFAULT 0;
UPDATE "customer_stats" s SET "grade_by_hand" = 1 FROM "customer" t WHERE t."id" = s."id" AND t."grade_override" = s."effective_grade" AND (t."grade_override_until" IS NULL OR t."grade_override_until" >= extract(epoch FROM now())::bigint / 86400);
-- Since when is not known here: the audit trail tells.
INSERT INTO "grade_history" ("customer_id", "as_of", "grade", "previous_grade", "effective_grade", "previous_effective_grade", "source", "reason", "until", "abc_class", "r_score", "f_score", "m_score", "sales", "at")
    SELECT s."id", extract(epoch FROM now())::bigint / 86400, s."grade", s."grade", s."effective_grade", s."grade", 'by_hand', t."grade_override_reason", t."grade_override_until", s."abc_class", s."r_score", s."f_score", s."m_score", s."sales", extract(epoch FROM now())::bigint * 1000
    FROM "customer_stats" s JOIN "customer" t ON t."id" = s."id" WHERE s."grade_by_hand" = 1;
