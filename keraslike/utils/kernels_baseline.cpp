#define KERASLIKE_KERNELS baseline
#include "keraslike/utils/kernels_loops.h"
