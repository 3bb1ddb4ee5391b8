#pragma once

// For sources.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/keraslike.h"

// The commands of the `keraslike` program, each given its arguments. They print on standard output, and throw what is
// wrong.
namespace keraslike::cli {

using Files = std::vector<std::string>;

void summary(const std::string& model, bool expand_nested);

struct PredictArguments {
  std::string model;
  Files x;
  Files out;
  std::optional<int64_t> batch_size = {};
};
void predict(const PredictArguments& arguments);

struct EvaluateArguments {
  std::string model;
  Files x;
  Files y;
  std::string sample_weight = {};
  std::optional<int64_t> batch_size = {};
  std::string json = {};
};
void evaluate(const EvaluateArguments& arguments);

struct FitArguments {
  std::string model;
  Files x;
  Files y;
  std::string sample_weight = {};
  std::string class_weight = {};
  double validation_split = 0.0;
  Files val_x = {};
  Files val_y = {};
  int64_t epochs = 1;
  std::optional<int64_t> batch_size = {};
  bool no_shuffle = false;
  std::optional<int64_t> seed = {};
  bool fresh_weights = false;
  std::string history = {};
  std::string save = {};
  int verbose = 1;
  std::optional<int> threads = {};
};
void fit(const FitArguments& arguments);

void diff(const std::string& a, const std::string& b, const Files& x);

void convert(const std::string& in, const std::string& out, const std::string& names);

// An array from a file: `.npy`, `.npz` with the member after a colon, `.csv` (all of its columns).
Array load_array(const std::string& file);

// One array for a model with one input or output, else a list in the model's order. Nothing where there is no file.
Data load_data(const Files& files);

}  // namespace keraslike::cli
