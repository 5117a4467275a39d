-- Groups of customers who buy alike: each customer's, and the model that tells
-- it.

-- sqlite
ALTER TABLE "customer_stats" ADD COLUMN "value_group" INTEGER;
ALTER TABLE "value_run" ADD COLUMN "group_model" TEXT;

-- postgres
ALTER TABLE "customer_stats" ADD COLUMN "value_group" bigint;
ALTER TABLE "value_run" ADD COLUMN "group_model" text COLLATE "C";

-- both
CREATE INDEX "customer_stats_value_group_id_idx" ON "customer_stats" ("value_group", "id");
