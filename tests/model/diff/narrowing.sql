-- decide: fill and set NOT NULL on "thing"."name"
-- decide: change the type of "thing"."size"
-- decide: add required column, with a value for existing rows: "thing"."must"
-- decide: change the default of "thing"."kind"
-- decide: change the foreign key of "thing"."thing_id"
-- decide: drop or rename column "thing"."old"
-- decide: check for duplicates, then make the key "thing"."thing_size_key"
-- decide: drop index "thing"."thing_size_id_idx"
-- decide: mend rows, then add the check "thing"."thing_size_extra_check"
-- decide: drop the check "thing"."thing_size_old_check"
-- decide: drop or rename table "gone"

-- sqlite
ALTER TABLE "thing" ADD COLUMN "extra" INTEGER;

-- postgres
ALTER TABLE "thing" ADD COLUMN "extra" bigint;
