#define KERASLIKE_WINDOWS haswell
#include "keraslike/utils/windows_loops.h"
