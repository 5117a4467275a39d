/* Looks upward. */
#include "store/record.h"
