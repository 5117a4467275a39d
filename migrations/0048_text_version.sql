-- By which build's rules the columns and search indexes of texts were made
-- (0: an earlier one's). They are made anew when it was another's.

-- sqlite
ALTER TABLE "registry_version" ADD COLUMN "text_version" INTEGER NOT NULL DEFAULT 0;

-- postgres
ALTER TABLE "registry_version" ADD COLUMN "text_version" bigint NOT NULL DEFAULT 0;
