#define KERASLIKE_FUSED baseline
#include "keraslike/optimizers/fused_loops.h"
