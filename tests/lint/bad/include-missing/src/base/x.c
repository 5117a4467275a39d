/* Names what is not there. */
#include "base/y.h"
