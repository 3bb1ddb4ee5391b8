#define KERASLIKE_PRODUCTS skylake_avx512
#include "keraslike/utils/products_loops.h"
