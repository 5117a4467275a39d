/* Looks sideways. */
#include "model/model.h"
