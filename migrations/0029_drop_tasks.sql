-- Fees of drop decisions are charged by people: tasks name the decision.

-- sqlite
ALTER TABLE "task" ADD COLUMN "drop_decision_id" INTEGER REFERENCES "drop_decision" ("id") ON DELETE CASCADE;

-- postgres
ALTER TABLE "task" ADD COLUMN "drop_decision_id" bigint;

-- both
CREATE INDEX "task_drop_decision_id_id_idx" ON "task" ("drop_decision_id", "id");

-- postgres
ALTER TABLE "task" ADD CONSTRAINT "task_drop_decision_id_fkey" FOREIGN KEY ("drop_decision_id") REFERENCES "drop_decision" ("id") ON DELETE CASCADE;
