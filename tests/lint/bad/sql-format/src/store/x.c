/* Writes values into SQL. */
const char *q = "SELECT a FROM t WHERE id = %d";
