#define KERASLIKE_FUSED haswell
#include "keraslike/optimizers/fused_loops.h"
