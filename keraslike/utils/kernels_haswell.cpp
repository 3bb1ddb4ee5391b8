#define KERASLIKE_KERNELS haswell
#include "keraslike/utils/kernels_loops.h"
