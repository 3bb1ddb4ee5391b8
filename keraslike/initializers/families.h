#pragma once

// For sources.

#include "keraslike/initializers/initializer.h"

namespace keraslike::initializers {

// One function per source of initializers, at its end, with a line per class.
void register_constant(Registry<InitializerImpl>& initializers);
void register_random(Registry<InitializerImpl>& initializers);
void register_scaling(Registry<InitializerImpl>& initializers);
void register_stft(Registry<InitializerImpl>& initializers);

}  // namespace keraslike::initializers
