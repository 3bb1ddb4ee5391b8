#pragma once

// For sources.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/hashing.h"

namespace keraslike::layers {

// The arguments that lookups of texts and of integers share.
template <class Token>
struct LookupArguments {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;
  std::optional<Token> mask_token = {};
  std::optional<Token> oov_token = {};
  std::optional<std::vector<Token>> vocabulary = {};
  std::optional<std::vector<double>> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool sparse = false;
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";
  Salt salt = none;
};

// Brings older names of Keras to today's. Throws ValueError for arguments that do not go together.
template <class Token>
void settle_arguments(LookupArguments<Token>& arguments, const std::string& class_name);

extern template void settle_arguments(LookupArguments<int64_t>& arguments, const std::string& class_name);
extern template void settle_arguments(LookupArguments<std::string>& arguments, const std::string& class_name);

}  // namespace keraslike::layers
