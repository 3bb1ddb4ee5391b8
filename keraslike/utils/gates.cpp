#include "keraslike/utils/gates.h"

#include "keraslike/utils/processor.h"

namespace keraslike::utils::gates {

const Table& table() {
#if defined(__x86_64__)
  return chosen_for_processor(baseline, haswell, skylake_avx512);
#else
  return baseline;
#endif
}

}  // namespace keraslike::utils::gates
