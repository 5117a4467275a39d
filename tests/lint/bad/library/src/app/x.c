/* Speaks to the engine itself. */
#include <sqlite3.h>
