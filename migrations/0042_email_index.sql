-- Addresses are asked for in one case, whatever script they are in, while
-- somebody types a record that may be there already.

-- both
CREATE INDEX "contact_email_fold_id_idx" ON "contact" ("email_fold", "id");
CREATE INDEX "customer_email_fold_id_idx" ON "customer" ("email_fold", "id");
