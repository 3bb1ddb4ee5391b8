#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "keraslike/models/model.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

// Predicts in real time: a model with one input and one output, for so many rows a call. All memory is laid out when the
// Predictor is made; a call neither allocates nor waits for a lock. It follows the model's weights as they change.
//
//   Predictor predict(model);
//   std::span<const float> outputs = predict(inputs);
//
// Several threads may predict with one model, each with a Predictor of its own, while none of them trains it.
// Throws ValueError for a model that is not built, or that no plan can be made of: `model.predict` runs such a model.
class Predictor {
 public:
  explicit Predictor(const Model& model, int64_t rows = 1);
  ~Predictor();
  Predictor(Predictor&& other) noexcept;
  Predictor& operator=(Predictor&& other) noexcept;

  // The values of all rows, one after the other, and the outputs likewise: they stay until the next call. Throws
  // ValueError where there are more or fewer values than `input_shape` says.
  std::span<const float> operator()(std::span<const float> inputs);

  // With the number of rows first.
  const Shape& input_shape() const;
  const Shape& output_shape() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keraslike
