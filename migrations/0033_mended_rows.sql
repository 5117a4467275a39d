-- Lines that came behind their order with an errors file know the row they mend.

-- sqlite
ALTER TABLE "order_line" ADD COLUMN "import_row" TEXT;

-- postgres
ALTER TABLE "order_line" ADD COLUMN "import_row" text COLLATE "C";
