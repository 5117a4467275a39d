-- PostgreSQL's search index also holds the blocks of ids a record lies in, so
-- that the newest with a token are found without reading all others with it.

-- postgres
SET LOCAL maintenance_work_mem = '256MB';
DROP INDEX "search_contact_tokens_idx";
CREATE INDEX "search_contact_tokens_idx" ON "search_contact" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_contact";
DROP INDEX "search_customer_tokens_idx";
CREATE INDEX "search_customer_tokens_idx" ON "search_customer" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_customer";
DROP INDEX "search_order_tokens_idx";
CREATE INDEX "search_order_tokens_idx" ON "search_order" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_order";
DROP INDEX "search_payment_tokens_idx";
CREATE INDEX "search_payment_tokens_idx" ON "search_payment" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_payment";
DROP INDEX "search_product_tokens_idx";
CREATE INDEX "search_product_tokens_idx" ON "search_product" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_product";
DROP INDEX "search_tag_tokens_idx";
CREATE INDEX "search_tag_tokens_idx" ON "search_tag" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_tag";
DROP INDEX "search_task_tokens_idx";
CREATE INDEX "search_task_tokens_idx" ON "search_task" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_task";
DROP INDEX "search_user_tokens_idx";
CREATE INDEX "search_user_tokens_idx" ON "search_user" USING gin ((tokens || ARRAY['A' || (id >> 12)::text, 'B' || (id >> 16)::text, 'C' || (id >> 20)::text]));
ANALYZE "search_user";
