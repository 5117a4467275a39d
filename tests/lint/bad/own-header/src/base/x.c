/* Another header first. */
#include "base/y.h"

#include "base/x.h"
