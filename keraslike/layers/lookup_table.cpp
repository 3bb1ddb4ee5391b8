#include "keraslike/layers/lookup_table.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include "keraslike/layers/encoding.h"
#include "keraslike/layers/fingerprints.h"
#include "keraslike/layers/vocabulary_text.h"
#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

constexpr int64_t kDropped = std::numeric_limits<int64_t>::max();  // a masked token, where no index stands for it

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

template <class Token>
void LookupTable<Token>::settle(LookupArguments<Token> arguments, const std::string& class_name) {
  arguments_ = std::move(arguments);
  settle_arguments(arguments_, class_name);
  if (!arguments_.vocabulary) return;
  if (arguments_.output_mode == "tf_idf" && !arguments_.idf_weights) {
    throw ValueError("When specifying the `vocabulary` argument, in TF-IDF output mode, the `idf_weights` argument "
                     "must also be provided.");
  }
  set_vocabulary(*arguments_.vocabulary, arguments_.idf_weights);
}

template <class Token>
void LookupTable<Token>::set_vocabulary(const std::vector<Token>& vocabulary,
                                        const std::optional<std::vector<double>>& idf_weights) {
  check_idf(vocabulary, idf_weights);
  if (vocabulary.empty()) throw ValueError("Cannot set an empty vocabulary. Received: vocabulary=[]");
  const std::vector<Token> special = special_tokens();
  const bool names_special = (arguments_.num_oov_indices == 0 || arguments_.oov_token) &&
                             vocabulary.size() >= special.size() &&
                             std::equal(special.begin(), special.end(), vocabulary.begin());
  const std::vector<Token> tokens(vocabulary.begin() + (names_special ? token_start() : 0), vocabulary.end());
  check_tokens(tokens, special);
  set_tokens(tokens);
  if (!idf_weights) return;
  set_idf(*idf_weights, names_special ? 0 : static_cast<size_t>(token_start()), mean_of(*idf_weights));
}

template <class Token>
void LookupTable<Token>::check_idf(const std::vector<Token>& vocabulary,
                                   const std::optional<std::vector<double>>& idf_weights) const {
  const bool wants_idf = arguments_.output_mode == "tf_idf";
  if (wants_idf && !idf_weights) throw ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.");
  if (!wants_idf && idf_weights) {
    throw ValueError("`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: output_mode={} and {} "
                     "idf_weights", arguments_.output_mode, idf_weights->size());
  }
  if (!idf_weights || idf_weights->size() == vocabulary.size()) return;
  throw ValueError("`idf_weights` must be the same length as vocabulary. len(idf_weights) is {}; len(vocabulary) is {}",
                   idf_weights->size(), vocabulary.size());
}

template <class Token>
std::vector<Token> LookupTable<Token>::special_tokens() const {
  std::vector<Token> special(static_cast<size_t>(oov_start()), arguments_.mask_token.value_or(Token()));
  special.insert(special.end(), static_cast<size_t>(arguments_.num_oov_indices),
                 arguments_.oov_token.value_or(Token()));
  return special;
}

template <class Token>
void LookupTable<Token>::check_tokens(const std::vector<Token>& tokens, const std::vector<Token>& special) const {
  std::set<Token> seen;
  std::vector<Token> repeated;
  for (const Token& token : tokens) {
    if (!seen.insert(token).second && !std::count(repeated.begin(), repeated.end(), token)) repeated.push_back(token);
  }
  if (!repeated.empty()) {
    throw ValueError("The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated "
                     "terms are: {}", listed(repeated));
  }
  const auto refuse = [&](const char* kind, const char* argument, const Token& token) {
    throw ValueError("Found reserved {0} token at unexpected location in `vocabulary`. Note that passed `vocabulary` "
                     "does not need to include the OOV and mask tokens. Either remove all mask and OOV tokens, or "
                     "include them only at the start of the vocabulary in precisely this order: {1}. Received: {2}={3}",
                     kind, listed(special), argument, text_of(token));
  };
  const auto& [mask, oov] = std::tie(arguments_.mask_token, arguments_.oov_token);
  if (mask && seen.contains(*mask)) refuse("mask", "mask_token", *mask);
  if (oov && arguments_.invert && seen.contains(*oov)) refuse("OOV", "oov_token", *oov);
  const int64_t size = token_start() + static_cast<int64_t>(tokens.size());
  if (arguments_.max_tokens && size > *arguments_.max_tokens) {
    throw ValueError("Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is "
                     "{}; `max_tokens` is {}.", size, *arguments_.max_tokens);
  }
}

template <class Token>
void LookupTable<Token>::set_vocabulary_file(const std::string& path) {
  if (!std::filesystem::exists(path)) throw ValueError("Vocabulary file {} does not exist.", path);
  if (arguments_.output_mode == "tf_idf") {
    throw ValueError("output_mode `'tf_idf'` does not support loading a vocabulary from file.");
  }
  std::vector<Token> tokens;
  read_tokens(saving::read_file(path), tokens);
  check_tokens(tokens, {});
  set_tokens(std::move(tokens));
}

template <class Token>
void LookupTable<Token>::set_tokens(std::vector<Token> tokens) {
  const int64_t size = token_start() + static_cast<int64_t>(tokens.size());
  if (!is_int() && !arguments_.pad_to_max_tokens && frozen_size_ && *frozen_size_ != size) {
    throw ValueError("When using `output_mode={}` and `pad_to_max_tokens=False`, the vocabulary size cannot be changed "
                     "after the layer is called. Old vocab size is {}, new vocab size is {}", arguments_.output_mode,
                     *frozen_size_, size);
  }
  frozen_size_ = size;
  tokens_ = std::move(tokens);
  index_.clear();
  for (size_t i = 0; i < tokens_.size(); ++i) index_.emplace(tokens_[i], token_start() + static_cast<int64_t>(i));
}

template <class Token>
void LookupTable<Token>::set_idf(std::vector<double> weights, size_t front, double front_weight) {
  weights.insert(weights.begin(), front, front_weight);
  const auto depth = static_cast<size_t>(arguments_.pad_to_max_tokens ? *arguments_.max_tokens : 0);
  if (weights.size() < depth) weights.resize(depth, 0.0);
  idf_.assign(weights.begin(), weights.end());
}

template <class Token>
void LookupTable<Token>::adapt(const std::vector<std::vector<Token>>& documents, const std::string& layer_name) {
  if (is_static()) {
    throw ValueError("Cannot adapt layer '{}' after setting a static vocabulary via `vocabulary` argument or "
                     "`set_vocabulary()` method.", layer_name);
  }
  Counts counts;
  for (const auto& document : documents) {
    for (const Token& token : document) ++counts.tokens[token];
    for (const Token& token : std::set<Token>(document.begin(), document.end())) ++counts.documents[token];
  }
  if (counts.tokens.empty()) return;
  if (arguments_.mask_token) counts.tokens.erase(*arguments_.mask_token);
  if (arguments_.oov_token) counts.tokens.erase(*arguments_.oov_token);
  set_tokens(most_frequent(counts));
  if (arguments_.output_mode == "tf_idf") learn_idf(counts, documents.size());
}

template <class Token>
std::vector<Token> LookupTable<Token>::most_frequent(const Counts& counts) const {
  std::vector<std::pair<int64_t, Token>> sorted;
  for (const auto& [token, count] : counts.tokens) sorted.emplace_back(count, token);
  std::sort(sorted.rbegin(), sorted.rend());
  std::vector<Token> tokens;
  for (auto& [count, token] : sorted) tokens.push_back(std::move(token));
  if (!arguments_.max_tokens) return tokens;
  const auto most = static_cast<size_t>(std::max<int64_t>(0, *arguments_.max_tokens - token_start()));
  if (tokens.size() > most) tokens.resize(most);
  return tokens;
}

// log(1 + documents / (1 + documents with the token)); for what is not in the vocabulary the mean of these.
template <class Token>
void LookupTable<Token>::learn_idf(const Counts& counts, size_t documents) {
  std::vector<double> weights;
  for (const Token& token : tokens_) {
    const auto found = static_cast<double>(counts.documents.at(token));
    weights.push_back(static_cast<float>(std::log(1.0 + static_cast<double>(documents) / (1.0 + found))));
  }
  set_idf(weights, static_cast<size_t>(token_start()), mean_of(weights));
}

template <class Token>
std::vector<Token> LookupTable<Token>::vocabulary(bool include_special_tokens) const {
  if (!include_special_tokens) return tokens_;
  std::vector<Token> all = special_tokens();
  all.insert(all.end(), tokens_.begin(), tokens_.end());
  return all;
}

template <class Token>
void LookupTable<Token>::check_filled() const {
  if (!tokens_.empty()) return;
  throw ValueError("When using `output_mode={}` you must set the layer's vocabulary before calling it. Either pass a "
                   "`vocabulary` argument to the layer, or call `adapt` with some sample data.",
                   arguments_.output_mode);
}

template <class Token>
int64_t LookupTable<Token>::oov_index(const Token& token) const {
  const int64_t count = arguments_.num_oov_indices;
  if (count <= 1) return oov_start();
  if constexpr (std::is_integral_v<Token>) {
    if (arguments_.oov_method != "farmhash") return oov_start() + ((token % count) + count) % count;
  }
  return oov_start() + hash_bucket(text_of(token), count, hash_key(arguments_.salt));
}

template <class Token>
int64_t LookupTable<Token>::index_of(const Token& token) const {
  if (arguments_.mask_token && token == *arguments_.mask_token) return is_int() ? 0 : kDropped;
  const auto found = index_.find(token);
  return found == index_.end() ? oov_index(token) : found->second;
}

template <class Token>
at::Tensor LookupTable<Token>::indices_of(const std::vector<Token>& tokens, const Shape& shape) const {
  check_filled();
  if (arguments_.num_oov_indices == 0) {
    std::vector<Token> unknown;
    for (const Token& token : tokens) {
      if (!index_.contains(token) && token != arguments_.mask_token) unknown.push_back(token);
    }
    if (!unknown.empty()) {
      throw ValueError("When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values {}, consider "
                       "setting `num_oov_indices=1`.", listed(unknown));
    }
  }
  at::Tensor indices = at::empty(shape, at::kLong);
  int64_t* to = indices.data_ptr<int64_t>();
  for (const Token& token : tokens) *to++ = index_of(token);
  return indices;
}

template <class Token>
at::Tensor LookupTable<Token>::encoded_indices(const at::Tensor& indices) const {
  if (is_int()) return indices;
  if (arguments_.output_mode != "tf_idf") return encoded(indices, arguments_.output_mode, depth());
  return encoded(indices, "count", depth()) * idf_weights();
}

template <class Token>
at::Tensor LookupTable<Token>::looked_up(const std::vector<Token>& tokens, const Shape& shape) const {
  return encoded_indices(indices_of(tokens, shape));
}

template <class Token>
Token LookupTable<Token>::token_at(int64_t index) const {
  if (arguments_.mask_token && index == 0) return *arguments_.mask_token;
  const int64_t place = index - token_start();
  if (place >= 0 && place < static_cast<int64_t>(tokens_.size())) return tokens_[static_cast<size_t>(place)];
  if (arguments_.oov_token) return *arguments_.oov_token;
  throw ValueError("Index {} is not in the vocabulary, and there is no `oov_token` to stand for it.", index);
}

template <class Token>
int64_t LookupTable<Token>::depth() const {
  if (arguments_.pad_to_max_tokens) return *arguments_.max_tokens;
  if (!frozen_size_) check_filled();
  return *frozen_size_;
}

template <class Token>
Shape LookupTable<Token>::output_shape(const Shape& input) const {
  if (is_int()) return input;
  return encoded_shape(input, arguments_.output_mode == "tf_idf" ? "count" : arguments_.output_mode, depth());
}

template <class Token>
at::Tensor LookupTable<Token>::idf_weights() const {
  return at::tensor(at::ArrayRef<float>(idf_));
}

template <class Token>
void LookupTable<Token>::load_idf_weights(const at::Tensor& weights) {
  const at::Tensor values = weights.to(at::kFloat).contiguous();
  if (values.numel() != static_cast<int64_t>(idf_.size())) {
    throw ValueError("The vocabulary has {} `idf_weights`. Received: {} from a file", idf_.size(), values.numel());
  }
  idf_.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
}

template <class Token>
std::string LookupTable<Token>::vocabulary_text() const {
  return text_of(vocabulary(true));
}

// Keras pads the weights that it writes, and not the vocabulary.
template <class Token>
void LookupTable<Token>::read_vocabulary_text(const std::string& text, const std::optional<at::Tensor>& idf_weights) {
  std::vector<Token> tokens;
  read_tokens(text, tokens);
  if (tokens.empty()) return;  // it had none when it was saved
  if (arguments_.output_mode != "tf_idf" || !idf_weights) return set_vocabulary(tokens);
  const at::Tensor weights = idf_weights->to(at::kDouble).flatten().contiguous();
  const auto count = std::min(tokens.size(), static_cast<size_t>(weights.numel()));
  const double* first = weights.data_ptr<double>();
  set_vocabulary(tokens, std::vector<double>(first, first + count));
}

template class LookupTable<int64_t>;
template class LookupTable<std::string>;

}  // namespace keraslike::layers
