-- Plans of policies, what a policy did, who approved a discount beyond its
-- ceiling; moves between grades are looked up by the month they happened in.

-- sqlite
ALTER TABLE "grade_policy" ADD COLUMN "upgrade_open" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "grade_policy" ADD COLUMN "upgrade_gap" INTEGER NOT NULL DEFAULT 2000;
ALTER TABLE "grade_policy" ADD COLUMN "cut_open" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "grade_policy" ADD COLUMN "plan_days" INTEGER NOT NULL DEFAULT 30;
ALTER TABLE "order" ADD COLUMN "discount_policy_id" INTEGER REFERENCES "grade_policy" ("id") ON DELETE SET NULL;
ALTER TABLE "order" ADD COLUMN "discount_approver_id" INTEGER;
ALTER TABLE "order" ADD COLUMN "discount_rule" TEXT;
ALTER TABLE "task" ADD COLUMN "policy_action" TEXT;

-- postgres
ALTER TABLE "grade_policy" ADD COLUMN "upgrade_open" bigint NOT NULL DEFAULT 0;
ALTER TABLE "grade_policy" ADD COLUMN "upgrade_gap" bigint NOT NULL DEFAULT 2000;
ALTER TABLE "grade_policy" ADD COLUMN "cut_open" bigint NOT NULL DEFAULT 0;
ALTER TABLE "grade_policy" ADD COLUMN "plan_days" bigint NOT NULL DEFAULT 30;
ALTER TABLE "order" ADD COLUMN "discount_policy_id" bigint;
ALTER TABLE "order" ADD COLUMN "discount_approver_id" bigint;
ALTER TABLE "order" ADD COLUMN "discount_rule" text COLLATE "C";
ALTER TABLE "task" ADD COLUMN "policy_action" text COLLATE "C";

-- both
CREATE INDEX "grade_history_at_customer_id_idx" ON "grade_history" ("at", "customer_id");

-- postgres
ALTER TABLE "order" ADD CONSTRAINT "order_discount_policy_id_fkey" FOREIGN KEY ("discount_policy_id") REFERENCES "grade_policy" ("id") ON DELETE SET NULL;
