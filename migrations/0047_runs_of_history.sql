-- Nothing asks for the history of one grading, and each order that moves its
-- customer's grade paid for its place there.

-- both
DROP INDEX "grade_history_run_id_customer_id_idx";
