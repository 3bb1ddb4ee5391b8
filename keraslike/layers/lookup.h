#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/data.h"
#include "keraslike/data/strings.h"
#include "keraslike/layers/hashing.h"
#include "keraslike/layers/layer.h"

// Categories with a vocabulary, which is given, or learned by `adapt`: the index of a token says its place. Indices are
// those of the mask token, with "int" alone; of what is not in the vocabulary ("oov"); and of the vocabulary's tokens.
//
// `output_mode` is "int" (int64), or as CategoryEncoding gives vectors "one_hot", "multi_hot", "count", and "tf_idf":
// counts times `idf_weights`, one for each token of the vocabulary. Vectors have as many places as there are indices,
// or `max_tokens` of them with `pad_to_max_tokens`. With several `num_oov_indices` a hash says which; with none, what
// is not in the vocabulary throws. `adapt` takes the tokens that come most often, of as many the greatest, `max_tokens`
// at most with the indices before them. `invert` gives tokens for indices. An empty `vocabulary` or `idf_weights` is
// none. `sparse` true throws.
namespace keraslike::layers {

// `oov_method` "floormod" takes the rest of a division, "farmhash" hashes the digits, with `salt` as Hashing does.
struct IntegerLookupOptions {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;
  std::optional<int64_t> mask_token = {};
  std::optional<int64_t> oov_token = -1;
  std::vector<int64_t> vocabulary = {};
  std::vector<double> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool sparse = false;
  bool pad_to_max_tokens = false;
  std::string oov_method = "floormod";
  Salt salt = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Looks integers up, in a model too, whose input then says `.dtype = "int64"` where float32 would not hold them.
class IntegerLookup : public Layer {
 public:
  explicit IntegerLookup(IntegerLookupOptions options = {});

  // Learns the vocabulary, in place of what it learned before; each row is a document for "tf_idf".
  void adapt(const Data& data) const;

  // With the indices' first tokens or without them. Throws ValueError for tokens that come twice, and where there are
  // more than `max_tokens`.
  void set_vocabulary(const std::vector<int64_t>& vocabulary, const std::vector<double>& idf_weights = {}) const;
  void set_vocabulary(const std::string& path) const;  // a file with one per line
  std::vector<int64_t> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
};

struct StringLookupOptions {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;
  std::optional<std::string> mask_token = {};
  std::optional<std::string> oov_token = "[UNK]";
  std::vector<std::string> vocabulary = {};
  std::vector<double> idf_weights = {};
  bool invert = false;
  std::string output_mode = "int";
  bool pad_to_max_tokens = false;
  bool sparse = false;
  std::string encoding = "utf-8";  // there is no other
  Salt salt = none;
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Looks texts up: `lookup({"a", "b"})`, or in a model behind an Input of dtype "string". With `invert` it stands before
// or after models alone, because texts leave none.
class StringLookup : public Layer {
 public:
  explicit StringLookup(StringLookupOptions options = {});

  Array operator()(const Strings& values) const;

  // In a graph, behind an Input of dtype "string".
  template <class Tensor>
    requires std::invocable<const Layer&, const Tensor&>
  auto operator()(const Tensor& tensor) const {
    return Layer::operator()(tensor);
  }

  // The tokens of indices, for `invert`.
  Strings to_strings(const Data& indices) const;

  // One axis: each text is a document for "tf_idf". Otherwise each row is one.
  void adapt(const Strings& data) const;
  void set_vocabulary(const std::vector<std::string>& vocabulary, const std::vector<double>& idf_weights = {}) const;
  void set_vocabulary(const std::string& path) const;
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;
};

}  // namespace keraslike::layers
