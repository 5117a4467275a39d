-- What belongs to a customer is sorted from the customer's side by any of its
-- indexed fields without reading the rows: the index holds those fields.

-- both
DROP INDEX "contact_customer_id_name_sort_id_idx";
DROP INDEX "interaction_customer_id_happened_at_id_idx";
DROP INDEX "order_customer_id_ordered_on_id_idx";
CREATE INDEX "contact_customer_id_name_sort_id_email_idx" ON "contact" ("customer_id", "name_sort", "id", "email");
CREATE INDEX "interaction_customer_id_happened_at_id_next_on_idx" ON "interaction" ("customer_id", "happened_at", "id", "next_on");
CREATE INDEX "order_customer_id_ordered_on_id_amount_status_number_sort_idx" ON "order" ("customer_id", "ordered_on", "id", "amount", "status", "number_sort");
