#pragma once

// For sources.

#include <map>
#include <string>
#include <vector>

#include "keraslike/training/batches.h"
#include "keraslike/training/network.h"
#include "keraslike/training/options.h"

// What is asked of the user's data before anything changes. Each function throws ValueError saying which argument, what
// was expected, what came, and how to mend it.
namespace keraslike::training {

// What the arguments are called in messages: "x", or "validation_data.x".
struct ArgumentNames {
  std::string x = "x";
  std::string y = "y";
  std::string sample_weight = "sample_weight";
};

void check_options(const FitOptions& options);
void check_batching(const std::optional<int64_t>& batch_size, const std::optional<int64_t>& steps);

void check_class_weight(const std::map<int64_t, double>& class_weight, const Data& sample_weight);

// One array of targets per output.
void check_targets(const Samples& samples, size_t outputs, const ArgumentNames& names);

// Arrays that were passed by name in the order of the model's names; others as they are.
Data in_order(const Data& data, const std::vector<std::string>& names, const std::string& argument);

// One array of weights per output, or one for all with a weight per row.
void check_weight_count(const Tensors& weights, size_t outputs, const ArgumentNames& names);

// As many inputs as the model has, and none without rows.
void check_inputs(const Tensors& x, size_t expected, const ArgumentNames& names);

// Squeezes or appends a last axis of size 1 where the model's declared input asks for it, as Keras does, and refuses
// what still does not fit.
Tensors fitted_to(const Network& network, Tensors x, const ArgumentNames& names);

// x, y and weights have the same number of rows, at least one.
void check_rows(const Samples& samples, const ArgumentNames& names);

// Weights are per row (or per value of the loss), not negative, and numbers.
void check_weights(const Samples& samples, const ArgumentNames& names);

void check_finite(const Samples& samples, const ArgumentNames& names);

// Keras' class weights as sample weights: each row weighs what its class does, 1 where the class is not named. For
// models with one output.
Tensors class_weights_for(const Samples& samples, const std::map<int64_t, double>& weights);

// The first and the last rows, as `validation_split` asks: training, validation.
std::pair<Samples, Samples> split(const Samples& samples, double validation_split);

}  // namespace keraslike::training
