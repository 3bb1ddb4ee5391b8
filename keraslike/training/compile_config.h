#pragma once

// For sources.

#include "keraslike/saving/fields.h"
#include "keraslike/training/options.h"

namespace keraslike::training {

// The arguments of `compile` as files hold them.
void compile_fields(Fields& field, CompileOptions& options);

}  // namespace keraslike::training
