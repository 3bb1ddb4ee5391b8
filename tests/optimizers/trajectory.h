#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/optimizers/schedules.h"

using keraslike::layers::WeightPtr;

// A weight of this path that holds `values`, in Keras' shape and stored in LibTorch's order of axes.
WeightPtr make_weight(const std::string& path, const keraslike::Shape& shape, const std::vector<double>& values,
                      const std::vector<int64_t>& stored = {});

// A gradient of Keras' shape as LibTorch stores it for the weight.
at::Tensor make_gradient(const WeightPtr& weight, const std::vector<double>& values);

// In Keras' order of axes.
std::vector<double> values_of(const WeightPtr& weight);

// Of all that it saves, in order.
std::vector<std::string> paths(const keraslike::Optimizer& optimizer);

// [1, -2, 0.5] after three gradients, the case that the reference's golden values are for.
std::vector<double> after_three_steps(const keraslike::Optimizer& optimizer);

// The case of make_golden.py: ten steps of a kernel that LibTorch stores transposed and of a bias that may not be
// negative.
std::vector<double> after_ten_steps(const keraslike::Optimizer& optimizer);

// Fails unless both agree as closely as float32 can tell.
void check_close(const std::vector<double>& actual, const std::vector<double>& expected);

// Compares the ten steps with Keras' under this name.
void check_golden(const std::string& key, const keraslike::Optimizer& optimizer);

// The same with each set of common options that make_golden.py knows.
template <class Optimizer, class Options>
void check_common_options(const std::string& name, Options options) {
  namespace schedules = keraslike::optimizers::schedules;
  Options decayed = options;
  decayed.weight_decay = 0.02;
  decayed.clipnorm = 1.0;
  decayed.loss_scale_factor = 2.0;
  check_golden(name + " decayed and clipped", Optimizer(0.1, decayed));

  Options averaged = options;
  averaged.clipvalue = 0.5;
  averaged.use_ema = true;
  averaged.ema_momentum = 0.9;
  averaged.ema_overwrite_frequency = 3;
  check_golden(name + " clipped by value and averaged", Optimizer(0.1, averaged));

  Options accumulated = options;
  accumulated.weight_decay = 0.02;
  accumulated.global_clipnorm = 1.0;
  accumulated.gradient_accumulation_steps = 2;
  accumulated.use_ema = true;
  check_golden(name + " accumulated on a schedule", Optimizer(schedules::ExponentialDecay(0.1, 4, 0.5), accumulated));
}
