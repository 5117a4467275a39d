-- What purchase models need to know of a customer, and what they say. Filled
-- for orders that are there already; the scores come with the next grading.

-- sqlite
ALTER TABLE "customer_stats" ADD COLUMN "purchase_days" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "customer_stats" ADD COLUMN "first_day_sales" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "customer_stats" ADD COLUMN "interval_days" INTEGER;
ALTER TABLE "customer_stats" ADD COLUMN "due_on" INTEGER;
ALTER TABLE "customer_stats" ADD COLUMN "p_alive" INTEGER;
ALTER TABLE "customer_stats" ADD COLUMN "expected_52w" INTEGER;
ALTER TABLE "customer_stats" ADD COLUMN "clv_12m" INTEGER;

-- postgres
ALTER TABLE "customer_stats" ADD COLUMN "purchase_days" bigint NOT NULL DEFAULT 0;
ALTER TABLE "customer_stats" ADD COLUMN "first_day_sales" bigint NOT NULL DEFAULT 0;
ALTER TABLE "customer_stats" ADD COLUMN "interval_days" bigint;
ALTER TABLE "customer_stats" ADD COLUMN "due_on" integer;
ALTER TABLE "customer_stats" ADD COLUMN "p_alive" bigint;
ALTER TABLE "customer_stats" ADD COLUMN "expected_52w" bigint;
ALTER TABLE "customer_stats" ADD COLUMN "clv_12m" bigint;

-- both
CREATE INDEX "customer_stats_due_on_id_idx" ON "customer_stats" ("due_on", "id");
CREATE INDEX "customer_stats_p_alive_id_idx" ON "customer_stats" ("p_alive", "id");
CREATE INDEX "customer_stats_clv_12m_id_idx" ON "customer_stats" ("clv_12m", "id");
UPDATE customer_stats SET purchase_days = (SELECT count(DISTINCT o.ordered_on)
 FROM "order" o WHERE o.customer_id = customer_stats.id AND o.deleted_at IS NULL
 AND o.kind = 'sale' AND o.status NOT IN ('draft', 'cancelled') AND o.sales > 0)
 WHERE orders > 0;
UPDATE customer_stats SET first_day_sales = (SELECT
 CAST(coalesce(sum(o.sales), 0) AS BIGINT) FROM "order" o
 WHERE o.customer_id = customer_stats.id AND o.ordered_on =
 customer_stats.first_order_on AND o.deleted_at IS NULL AND o.kind = 'sale'
 AND o.status NOT IN ('draft', 'cancelled') AND o.sales > 0)
 WHERE orders > 0;
