/* Opens what is private. */
#include "db/driver_private.h"
