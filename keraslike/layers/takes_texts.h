#pragma once

// For sources.

#include "keraslike/layers/keras_tensor.h"
#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

// A layer, or a model, that may be called on texts. All others take numbers alone.
class TakesTexts {
 public:
  virtual ~TakesTexts() = default;
  virtual bool takes_texts() const { return true; }
  virtual bool takes_numbers() const { return false; }
};

// True for what an Input of dtype "string" makes: texts leave no other layer.
bool is_text(const KerasTensor& tensor);

// Throws ValueError where a layer is to be called on texts and takes none, or the other way round.
void check_takes(const LayerImpl& layer, bool is_text);

}  // namespace keraslike::layers
