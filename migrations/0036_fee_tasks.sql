-- Fee tasks of drop decisions are known by which fee of which order they are,
-- not by their text. Those of before are recognized by it, once.

-- sqlite
ALTER TABLE "task" ADD COLUMN "drop_rule" TEXT;
ALTER TABLE "task" ADD COLUMN "order_id" INTEGER REFERENCES "order" ("id") ON DELETE SET NULL;

-- postgres
ALTER TABLE "task" ADD COLUMN "drop_rule" text COLLATE "C";
ALTER TABLE "task" ADD COLUMN "order_id" bigint;

-- both
UPDATE "task" SET "drop_rule" = CASE
    WHEN "policy_rule" LIKE '%: return fee, order %' OR "policy_rule" LIKE '%退货收费，订单 %' THEN 'return_fee'
    WHEN "policy_rule" LIKE '%account fee, lifted.' OR "policy_rule" LIKE '%小额账户收费，已解除。' THEN 'fee_stop'
    ELSE 'fee' END
    WHERE "drop_decision_id" IS NOT NULL;
UPDATE "task" SET "order_id" = (SELECT max(o."id") FROM "order" o WHERE o."customer_id" = "task"."customer_id"
        AND (substr("task"."policy_rule", length("task"."policy_rule") - length(o."number") - 8) = ', order ' || o."number" || '.'
        OR substr("task"."policy_rule", length("task"."policy_rule") - length(o."number") - 4) = '，订单 ' || o."number" || '。'))
    WHERE "drop_rule" = 'return_fee';
-- One live task of each: what a change of the language made twice is told from
-- the first by having no order.
UPDATE "task" SET "order_id" = NULL
    WHERE "order_id" IS NOT NULL AND "deleted_at" IS NULL AND EXISTS (SELECT 1 FROM "task" o
        WHERE o."drop_decision_id" = "task"."drop_decision_id" AND o."order_id" = "task"."order_id"
        AND o."deleted_at" IS NULL AND o."id" < "task"."id");
CREATE INDEX "task_order_id_id_idx" ON "task" ("order_id", "id");
CREATE UNIQUE INDEX "task_drop_decision_id_drop_rule_order_id_key" ON "task" ("drop_decision_id", "drop_rule", "order_id") WHERE "deleted_at" IS NULL;

-- postgres
ALTER TABLE "task" ADD CONSTRAINT "task_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order" ("id") ON DELETE SET NULL;
