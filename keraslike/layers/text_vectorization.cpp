#include "keraslike/layers/text_vectorization.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/stack.h>

#include "keraslike/data/texts.h"
#include "keraslike/layers/encoding.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lookup_impl.h"
#include "keraslike/layers/text.h"

namespace keraslike::layers {

namespace {

constexpr const char* kTextVectorization = "TextVectorization";

LookupArguments<std::string> arguments_of(const TextVectorizationOptions& options) {
  return {.max_tokens = options.max_tokens,
          .mask_token = "",
          .oov_token = "[UNK]",
          .vocabulary = unless_empty(options.vocabulary),
          .idf_weights = unless_empty(options.idf_weights),
          .output_mode = options.output_mode,
          .sparse = options.sparse,
          .pad_to_max_tokens = options.pad_to_max_tokens};
}

// A name or null in a config; a function has no place there.
template <class Rule>
void rule_field(Fields& field, const char* key, Rule& rule) {
  std::optional<std::string> name;
  if (const auto* text = std::get_if<std::string>(&rule)) name = *text;
  if (!field.is_reading() && rule.index() == 2) {
    throw ValueError("TextVectorization with a function as `{0}` has no config: nothing could be read back. Give `{0}` "
                     "a name, or call the function before the layer.", key);
  }
  field(key, name);
  if (!field.is_reading()) return;
  if (name) rule = *name;
  else rule = none;
}

void ngrams_field(Fields& field, Ngrams& ngrams) {
  saving::Json json;
  if (ngrams.up_to) json = *ngrams.up_to;
  if (!ngrams.sizes.empty()) json = ngrams.sizes;
  std::string text = json.dump();
  field.json("ngrams", text);
  if (!field.is_reading()) return;
  json = text.empty() ? saving::Json() : saving::Json::parse(text);
  ngrams = none;
  if (json.is_number()) ngrams = Ngrams(json.get<int64_t>());
  if (json.is_array()) ngrams = Ngrams(json.get<std::vector<int64_t>>());
}

class TextVectorizationImpl final : public LayerImpl, public HasAssets, public TakesTexts {
 public:
  TextVectorizationImpl() : TextVectorizationImpl(TextVectorizationOptions()) {}
  explicit TextVectorizationImpl(TextVectorizationOptions options)
      : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    settle(arguments_of(options_));
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    LookupArguments<std::string> arguments = table_.arguments();
    std::optional<int64_t> size = table_.size();
    field("max_tokens", arguments.max_tokens);
    rule_field(field, "standardize", options_.standardize);
    rule_field(field, "split", options_.split);
    ngrams_field(field, options_.ngrams);
    field("output_mode", arguments.output_mode);
    field("output_sequence_length", options_.output_sequence_length);
    field("pad_to_max_tokens", arguments.pad_to_max_tokens);
    field("sparse", arguments.sparse);
    field("ragged", options_.ragged);
    token_list_field(field, "vocabulary", arguments.vocabulary);
    field("idf_weights", arguments.idf_weights);
    field("encoding", options_.encoding);
    field("vocabulary_size", size);
    if (!field.is_reading()) return;
    table_ = LookupTable<std::string>();
    settle(std::move(arguments));
  }

  void check_input(const Shape& shape) const override { check_shape(shape); }
  std::optional<Shape> build_config() const override { return std::nullopt; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    if (!data::is_text(input)) refuse_tensors(*this);
    return vectorized(data::strings_of(input)).to(input.device());
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const Shape input = call.inputs().front().shape;
    if (!table_.is_int()) return {{{input.front(), table_.output_shape({1}).back()}, DType::Float32}};
    if (!splits() && input.rank() == 1 && !has_ngrams()) return {{input, DType::Int64}};
    return {{{input.front(), options_.output_sequence_length.value_or(-1)}, DType::Int64}};
  }

  Shape output_shape(const Shape& input_shape) const override {
    return output_specs(TensorSpec{input_shape}).front().shape;
  }

  at::Tensor vectorized(const Strings& texts) const {
    const TextRows rows = tokens_of(texts);
    table_.check_filled();
    const bool is_flat = !splits() && texts.shape().rank() == 1 && !has_ngrams();
    if (!table_.is_int() || !is_flat) return table_.encoded_indices(padded(rows));
    return table_.looked_up(texts_in_one(rows), texts.shape());
  }

  TextRows tokens_of(const Strings& texts) const {
    check_shape(texts.shape());
    TextRows rows = splits() ? split_rows(texts) : standardized_rows(texts);
    if (!has_ngrams()) return rows;
    for (auto& row : rows) row = ngrams_of(row, ngram_sizes());
    return rows;
  }

  Assets assets() const override { return assets_of(table_); }
  void load_assets(const AssetSource& source) override { load_table(table_, source); }

  LookupTable<std::string>& table() { return table_; }

 private:
  void settle(LookupArguments<std::string> arguments) {
    check_rule("standardize", options_.standardize, {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
    check_rule("split", options_.split, {"whitespace", "character"});
    table_.settle(std::move(arguments), kTextVectorization);
    const std::string& mode = table_.arguments().output_mode;
    if (mode != "int" && options_.output_sequence_length) {
      throw ValueError("`output_sequence_length` must not be set if `output_mode` is not 'int'. Received "
                       "output_sequence_length={}.", *options_.output_sequence_length);
    }
    if (options_.ragged) {
      throw ValueError("`ragged=True` can only be used with Keras' TensorFlow backend: there are no ragged tensors "
                       "here. Leave it out, and 0 fills the shorter rows.");
    }
    check_encoding(options_.encoding, kTextVectorization);
  }

  template <class Rule>
  static void check_rule(const char* argument, const Rule& rule, const std::vector<std::string>& known) {
    if (const auto* name = std::get_if<std::string>(&rule)) check_choice(argument, *name, known, kTextVectorization);
  }

  void check_shape(const Shape& shape) const {
    if (!splits() || shape.rank() <= 1 || shape.back() == 1) return;
    throw ValueError("When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape "
                     "dimension must be 1. Received: inputs.shape={} with rank={}", shape, shape.rank());
  }

  bool splits() const { return options_.split.index() != 0; }
  bool has_ngrams() const { return options_.ngrams.up_to || !options_.ngrams.sizes.empty(); }

  std::vector<int64_t> ngram_sizes() const {
    if (!options_.ngrams.up_to) return options_.ngrams.sizes;
    std::vector<int64_t> sizes(static_cast<size_t>(*options_.ngrams.up_to));
    std::iota(sizes.begin(), sizes.end(), 1);
    return sizes;
  }

  std::string standardized(const std::string& text) const {
    if (const auto* function = std::get_if<2>(&options_.standardize)) return (*function)(text);
    const auto* name = std::get_if<std::string>(&options_.standardize);
    if (name == nullptr) return text;
    const std::string kept = *name == "lower" ? text : without_punctuation(text);
    return *name == "strip_punctuation" ? kept : lowered(kept);
  }

  TextRows standardized_rows(const Strings& texts) const {
    TextRows rows = rows_of(texts);
    for (auto& row : rows) {
      for (std::string& text : row) text = standardized(text);
    }
    return rows;
  }

  TextRows split_rows(const Strings& texts) const {
    TextRows rows;
    for (const std::string& text : texts.values()) {
      const std::string clean = standardized(text);
      if (const auto* function = std::get_if<2>(&options_.split)) rows.push_back((*function)(clean));
      else
        rows.push_back(std::get<std::string>(options_.split) == "character" ? characters_of(clean) : words_of(clean));
    }
    return rows;
  }

  static std::vector<std::string> texts_in_one(const TextRows& rows) {
    std::vector<std::string> texts;
    for (const auto& row : rows) texts.insert(texts.end(), row.begin(), row.end());
    return texts;
  }

  // (rows, longest or as long as asked for). What fills them up leaves no trace in vectors.
  at::Tensor padded(const TextRows& rows) const {
    size_t longest = 0;
    for (const auto& row : rows) longest = std::max(longest, row.size());
    const int64_t length = options_.output_sequence_length.value_or(static_cast<int64_t>(longest));
    const int64_t fill = table_.is_int() ? 0 : std::numeric_limits<int64_t>::max();
    std::vector<at::Tensor> all;
    for (const auto& row : rows) {
      const at::Tensor indices = table_.indices_of(row, {row.size()});
      const int64_t missing = length - indices.size(0);
      all.push_back(missing < 0 ? indices.narrow(0, 0, length) : at::constant_pad_nd(indices, {0, missing}, fill));
    }
    return at::stack(all);
  }

  TextVectorizationOptions options_;
  LookupTable<std::string> table_;
};

TextVectorizationImpl& text_vectorization_of(const Layer& layer) {
  return static_cast<TextVectorizationImpl&>(*layer.impl());
}

}  // namespace

TextVectorization::TextVectorization(TextVectorizationOptions options)
    : Layer(std::make_shared<TextVectorizationImpl>(std::move(options))) {}

Array TextVectorization::operator()(const Strings& texts) const {
  if (texts.values().empty()) throw ValueError("TextVectorization expects at least one text. Received: none");
  return Array(text_vectorization_of(*this).vectorized(texts));
}

void TextVectorization::adapt(const Strings& data) const {
  auto& layer = text_vectorization_of(*this);
  layer.table().adapt(layer.tokens_of(data), name());
}

void TextVectorization::set_vocabulary(const std::vector<std::string>& vocabulary,
                                       const std::vector<double>& idf_weights) const {
  text_vectorization_of(*this).table().set_vocabulary(vocabulary, unless_empty(idf_weights));
}

void TextVectorization::set_vocabulary(const std::string& path) const {
  text_vectorization_of(*this).table().set_vocabulary_file(path);
}

std::vector<std::string> TextVectorization::get_vocabulary(bool include_special_tokens) const {
  return text_vectorization_of(*this).table().vocabulary(include_special_tokens);
}

int64_t TextVectorization::vocabulary_size() const { return text_vectorization_of(*this).table().size(); }

void register_text_vectorization(Registry<LayerImpl>& layers) { layers.add<TextVectorizationImpl>(kTextVectorization); }

}  // namespace keraslike::layers
