#define KERASLIKE_KERNELS skylake_avx512
#include "keraslike/utils/kernels_loops.h"
