#pragma once

// For sources.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/assets.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/lookup_table.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

template <class T>
std::optional<std::vector<T>> unless_empty(std::vector<T> values) {
  if (values.empty()) return std::nullopt;
  return values;
}

// A list of texts as a field.
inline void text_list_field(Fields& field, const char* key, std::optional<std::vector<std::string>>& texts) {
  std::string json = texts ? saving::Json(*texts).dump() : "null";
  field.json(key, json);
  if (!field.is_reading()) return;
  texts.reset();
  if (!json.empty() && json != "null") texts = saving::Json::parse(json).get<std::vector<std::string>>();
}
inline void token_list_field(Fields& field, const char* key, std::optional<std::vector<std::string>>& texts) {
  text_list_field(field, key, texts);
}
inline void token_list_field(Fields& field, const char* key, std::optional<std::vector<int64_t>>& numbers) {
  field(key, numbers);
}

// The vocabulary and the weights of its tokens, as files hold them.
template <class Token>
Assets assets_of(const LookupTable<Token>& table) {
  Assets assets;
  if (table.arguments().output_mode == "tf_idf") assets.variables.emplace_back("idf_weights", table.idf_weights());
  if (!table.is_static()) assets.files.emplace_back("vocabulary.txt", table.vocabulary_text());
  return assets;
}

template <class Token>
void load_table(LookupTable<Token>& table, const AssetSource& source) {
  std::optional<at::Tensor> idf_weights;
  if (table.arguments().output_mode == "tf_idf") idf_weights = source.variable("idf_weights");
  const auto text = table.is_static() ? std::nullopt : source.file("vocabulary.txt");
  if (text) return table.read_vocabulary_text(*text, idf_weights);
  if (idf_weights) table.load_idf_weights(*idf_weights);
}

// What IntegerLookup and StringLookup share: arguments, and a vocabulary that files hold beside the weights.
template <class Token>
class LookupImpl : public LayerImpl, public HasAssets {
 public:
  LookupTable<Token>& table() { return table_; }
  const LookupTable<Token>& table() const { return table_; }

  std::optional<Shape> build_config() const override { return std::nullopt; }
  Shape output_shape(const Shape& input) const override { return table_.output_shape(input); }

  Assets assets() const override { return assets_of(table_); }
  void load_assets(const AssetSource& source) override { load_table(table_, source); }

 protected:
  LookupImpl() = default;
  LookupImpl(LayerArguments layer, LookupArguments<Token> arguments, const std::string& class_name)
      : LayerImpl(std::move(layer)) {
    table_.settle(std::move(arguments), class_name);
  }

  // `vocabulary_dtype` is a key of integers alone.
  void lookup_fields(Fields& field, const std::string& class_name) {
    LookupArguments<Token> arguments = table_.arguments();
    std::optional<int64_t> size = table_.frozen_size();
    field("invert", arguments.invert);
    field("max_tokens", arguments.max_tokens);
    field("num_oov_indices", arguments.num_oov_indices);
    field("oov_token", arguments.oov_token);
    field("mask_token", arguments.mask_token);
    field("output_mode", arguments.output_mode);
    field("sparse", arguments.sparse);
    field("pad_to_max_tokens", arguments.pad_to_max_tokens);
    if constexpr (std::is_integral_v<Token>) dtype_field(field);
    field("idf_weights", arguments.idf_weights);
    token_list_field(field, "vocabulary", arguments.vocabulary);
    field("vocabulary_size", size);
    field("oov_method", arguments.oov_method);
    field("salt", arguments.salt.keys);
    if (!field.is_reading()) return;
    table_ = LookupTable<Token>();
    table_.set_frozen_size(size);
    table_.settle(std::move(arguments), class_name);
  }

 private:
  static void dtype_field(Fields& field) {
    std::string dtype = "int64";
    field("vocabulary_dtype", dtype);
    if (dtype == "int64") return;
    throw ValueError("Only `vocabulary_dtype='int64'` is supported at this time. Received: vocabulary_dtype={}", dtype);
  }

  LookupTable<Token> table_;
};

}  // namespace keraslike::layers
