#define KERASLIKE_GATES haswell
#include "keraslike/utils/gates_loops.h"
