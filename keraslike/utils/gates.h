#pragma once

// For sources.

#include "keraslike/utils/gates_table.h"

namespace keraslike::utils::gates {

// The table for this processor.
const Table& table();

}  // namespace keraslike::utils::gates
