#define KERASLIKE_FUSED skylake_avx512
#include "keraslike/optimizers/fused_loops.h"
