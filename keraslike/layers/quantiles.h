#pragma once

// For sources.

#include <vector>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

// Estimates quantiles of values that come in batches, as Keras' Discretization does: values with the weight of those
// that they stand for, never many more than 1 / epsilon of them.
class Quantiles {
 public:
  explicit Quantiles(double epsilon) : epsilon_(epsilon) {}

  void add(const at::Tensor& values);

  // Between `bins` bins of about as many values.
  std::vector<double> boundaries(int64_t bins) const;

 private:
  struct Summary {
    std::vector<float> values;  // sorted
    std::vector<float> weights;
  };

  static Summary compressed(const Summary& summary, double epsilon);

  double epsilon_;
  Summary summary_;
};

}  // namespace keraslike::layers
