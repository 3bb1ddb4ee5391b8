#define KERASLIKE_PRODUCTS haswell
#include "keraslike/utils/products_loops.h"
