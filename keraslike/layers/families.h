#pragma once

// For sources.

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// One function per pair of files, at its end, with a line per layer. A new pair is declared here and called below.
void register_activation(Registry<LayerImpl>& layers);
void register_convolution(Registry<LayerImpl>& layers);
void register_core(Registry<LayerImpl>& layers);
void register_normalization(Registry<LayerImpl>& layers);
void register_pooling(Registry<LayerImpl>& layers);
void register_preprocessing(Registry<LayerImpl>& layers);
void register_regularization(Registry<LayerImpl>& layers);
void register_reshaping(Registry<LayerImpl>& layers);

inline void register_families(Registry<LayerImpl>& layers) {
  register_activation(layers);
  register_convolution(layers);
  register_core(layers);
  register_normalization(layers);
  register_pooling(layers);
  register_preprocessing(layers);
  register_regularization(layers);
  register_reshaping(layers);
}

}  // namespace keraslike::layers
