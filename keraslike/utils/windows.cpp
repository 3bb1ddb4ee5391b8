#include "keraslike/utils/windows.h"

#include "keraslike/utils/processor.h"

namespace keraslike::utils::windows {

const Table* table() {
#if defined(__x86_64__)
  static const Table none{};
  static const Table& chosen = chosen_for_processor(none, haswell, skylake_avx512);
  return chosen.panel == 0 ? nullptr : &chosen;
#else
  return nullptr;
#endif
}

}  // namespace keraslike::utils::windows
