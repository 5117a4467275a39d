/* Names no layer. */
#include "y.h"
