#pragma once

// For sources.

#include "keraslike/activations/activation.h"

namespace keraslike::activations {

// One function per source of activations, at its end, with a line per function under Keras' name.
void register_pointwise(Registry<ActivationImpl>& activations);
void register_shaped(Registry<ActivationImpl>& activations);
void register_along_axes(Registry<ActivationImpl>& activations);

}  // namespace keraslike::activations
