#define KERASLIKE_WINDOWS skylake_avx512
#include "keraslike/utils/windows_loops.h"
