-- How many revisions of an order came with lines that imports added to it.

-- sqlite
ALTER TABLE "order" ADD COLUMN "import_raised" INTEGER;

-- postgres
ALTER TABLE "order" ADD COLUMN "import_raised" bigint;
