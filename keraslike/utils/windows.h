#pragma once

// What windows that slide over images compute for planned steps. For sources.

#include "keraslike/utils/windows_table.h"

namespace keraslike::utils::windows {

// The loops of this processor's generation; null where there are none.
const Table* table();

}  // namespace keraslike::utils::windows
