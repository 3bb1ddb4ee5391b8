#define KERASLIKE_GATES skylake_avx512
#include "keraslike/utils/gates_loops.h"
