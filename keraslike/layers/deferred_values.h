#pragma once

// For sources.

#include <cstdint>
#include <functional>
#include <map>

#include "keraslike/layers/weight.h"

namespace keraslike::layers {

// Writes values of Keras' shape into the weight's tensor.
void fill(const Weight& weight, const at::Tensor& values);

// While one lives, this thread draws no random values for large new weights: a file is about to be loaded, and to draw
// them takes longer than to read it.
class DeferredValues {
 public:
  DeferredValues();
  ~DeferredValues();
  DeferredValues(const DeferredValues&) = delete;
  DeferredValues& operator=(const DeferredValues&) = delete;

  // Draws the values of those that have not been loaded by now.
  void draw_rest();

  // Whether one lives, and a weight of so many values should wait.
  static bool wants(int64_t values);
  static void add(const Weight& weight, std::function<void()> draw);  // `draw` keeps the weight
  static void is_loaded(const Weight& weight);

 private:
  std::map<const Weight*, std::function<void()>> waiting_;
  DeferredValues* outer_;
};

}  // namespace keraslike::layers
