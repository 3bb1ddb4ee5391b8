#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/strings.h"
#include "keraslike/layers/layer.h"
#include "keraslike/utils/none.h"

namespace keraslike::layers {

// "lower_and_strip_punctuation", "lower", "strip_punctuation", `none`, or a function of the text.
using Standardize = std::variant<None, std::string, std::function<std::string(const std::string&)>>;

// "whitespace", "character", `none`, or a function that gives a text's tokens.
using Split = std::variant<None, std::string, std::function<std::vector<std::string>(const std::string&)>>;

// Runs of tokens as tokens: `.ngrams = 2` for all of one or two, `.ngrams = {2}` for those of exactly two.
struct Ngrams {
  Ngrams(None) {}                                                                       // NOLINT: implicit by design
  Ngrams(int64_t longest) : up_to(longest) {}                                           // NOLINT
  Ngrams(std::initializer_list<int64_t> lengths) : sizes(lengths) {}
  explicit Ngrams(std::vector<int64_t> lengths) : sizes(std::move(lengths)) {}

  std::optional<int64_t> up_to;
  std::vector<int64_t> sizes;
};

// The options from `output_mode` on are those of StringLookup, and `output_sequence_length` the number of ids per text
// with "int". `ragged` and `sparse` true throw.
struct TextVectorizationOptions {
  std::optional<int64_t> max_tokens = {};
  Standardize standardize = "lower_and_strip_punctuation";
  Split split = "whitespace";
  Ngrams ngrams = none;
  std::string output_mode = "int";
  std::optional<int64_t> output_sequence_length = {};
  bool pad_to_max_tokens = false;
  std::vector<std::string> vocabulary = {};
  std::vector<double> idf_weights = {};
  bool sparse = false;
  bool ragged = false;
  std::string encoding = "utf-8";  // there is no other
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Texts as ids of their words, (batch,) or (batch, 1) -> (batch, longest or `output_sequence_length`), with 0 behind
// the last word and 1 for words that the vocabulary has not; or as vectors (batch, size of the vocabulary). Only the
// letters A to Z are lowered, and only ASCII's punctuation goes. It is called on Strings, or stands in a model behind an
// Input of dtype "string"; what it learns it learns before.
class TextVectorization : public Layer {
 public:
  explicit TextVectorization(TextVectorizationOptions options = {});

  Array operator()(const Strings& texts) const;

  // In a graph, behind an Input of dtype "string".
  template <class Tensor>
    requires std::invocable<const Layer&, const Tensor&>
  auto operator()(const Tensor& tensor) const {
    return Layer::operator()(tensor);
  }

  // Learns the vocabulary from these texts, in place of what it learned before.
  void adapt(const Strings& data) const;
  void set_vocabulary(const std::vector<std::string>& vocabulary, const std::vector<double>& idf_weights = {}) const;
  void set_vocabulary(const std::string& path) const;  // a file with one token per line
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
};

}  // namespace keraslike::layers
