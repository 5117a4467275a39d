/* Has SQL. */
SQL(Q, "SELECT 1");
const char *q = "DELETE FROM t";
const char *fine = "Select a file";
