#define KERASLIKE_GATES baseline
#include "keraslike/utils/gates_loops.h"
