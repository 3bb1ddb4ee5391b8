#pragma once

// For sources.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/lookup_arguments.h"
#include "keraslike/utils/shape.h"

namespace keraslike::layers {

// A vocabulary, and what Keras' IndexLookup does with it: indices are those of the mask, of what is not in it ("oov",
// out of vocabulary), and of the tokens, in this order. `Token` is std::string or int64_t.
template <class Token>
class LookupTable {
 public:
  LookupTable() = default;

  // Throws ValueError for arguments that do not go together.
  void settle(LookupArguments<Token> arguments, const std::string& class_name);

  // Weights are of as many tokens; for "tf_idf" alone, which needs them.
  void set_vocabulary(const std::vector<Token>& vocabulary, const std::optional<std::vector<double>>& idf_weights = {});

  // One token per line, all of them tokens of the vocabulary.
  void set_vocabulary_file(const std::string& path);

  // Counts the tokens of documents, and takes the most frequent ones.
  void adapt(const std::vector<std::vector<Token>>& documents, const std::string& layer_name);

  std::vector<Token> vocabulary(bool include_special_tokens) const;
  int64_t size() const { return token_start() + static_cast<int64_t>(tokens_.size()); }

  // int64, or with another output mode than "int" what `encoded` makes of it.
  at::Tensor looked_up(const std::vector<Token>& tokens, const Shape& shape) const;
  at::Tensor indices_of(const std::vector<Token>& tokens, const Shape& shape) const;
  at::Tensor encoded_indices(const at::Tensor& indices) const;

  // The way back, for `invert`.
  Token token_at(int64_t index) const;

  Shape output_shape(const Shape& input) const;
  bool is_int() const { return arguments_.output_mode == "int"; }

  // Throws ValueError where there is no vocabulary yet.
  void check_filled() const;

  // What Keras keeps in a config, and in files beside it.
  const LookupArguments<Token>& arguments() const { return arguments_; }
  const std::optional<int64_t>& frozen_size() const { return frozen_size_; }
  void set_frozen_size(std::optional<int64_t> size) { frozen_size_ = size; }
  bool is_static() const { return arguments_.vocabulary.has_value(); }
  std::string vocabulary_text() const;
  void read_vocabulary_text(const std::string& text, const std::optional<at::Tensor>& idf_weights);
  at::Tensor idf_weights() const;
  void load_idf_weights(const at::Tensor& weights);

 private:
  struct Counts {
    std::map<Token, int64_t> tokens;
    std::map<Token, int64_t> documents;
  };

  void check_idf(const std::vector<Token>& vocabulary, const std::optional<std::vector<double>>& idf_weights) const;
  std::vector<Token> special_tokens() const;
  void check_tokens(const std::vector<Token>& tokens, const std::vector<Token>& special) const;
  void set_tokens(std::vector<Token> tokens);
  void set_idf(std::vector<double> weights, size_t front, double front_weight);
  std::vector<Token> most_frequent(const Counts& counts) const;
  void learn_idf(const Counts& counts, size_t documents);
  int64_t index_of(const Token& token) const;
  int64_t oov_index(const Token& token) const;
  int64_t oov_start() const { return arguments_.mask_token && is_int() ? 1 : 0; }
  int64_t token_start() const { return oov_start() + arguments_.num_oov_indices; }
  int64_t depth() const;

  LookupArguments<Token> arguments_;
  std::vector<Token> tokens_;
  std::unordered_map<Token, int64_t> index_;
  std::vector<float> idf_;
  std::optional<int64_t> frozen_size_;
};

extern template class LookupTable<int64_t>;
extern template class LookupTable<std::string>;

}  // namespace keraslike::layers
