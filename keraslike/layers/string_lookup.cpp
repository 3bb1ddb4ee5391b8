#include <ATen/core/Tensor.h>

#include "keraslike/data/conversion.h"
#include "keraslike/data/texts.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lookup.h"
#include "keraslike/layers/lookup_impl.h"
#include "keraslike/layers/text.h"

namespace keraslike::layers {

namespace {

constexpr const char* kStringLookup = "StringLookup";

LookupArguments<std::string> arguments_of(const StringLookupOptions& options) {
  return {.max_tokens = options.max_tokens,
          .num_oov_indices = options.num_oov_indices,
          .mask_token = options.mask_token,
          .oov_token = options.oov_token,
          .vocabulary = unless_empty(options.vocabulary),
          .idf_weights = unless_empty(options.idf_weights),
          .invert = options.invert,
          .output_mode = options.output_mode,
          .sparse = options.sparse,
          .pad_to_max_tokens = options.pad_to_max_tokens,
          .salt = options.salt};
}

class StringLookupImpl final : public LookupImpl<std::string>, public TakesTexts {
 public:
  StringLookupImpl() { table().settle(arguments_of(StringLookupOptions{}), kStringLookup); }
  explicit StringLookupImpl(const StringLookupOptions& options)
      : LookupImpl(layer_arguments(options), arguments_of(options), kStringLookup), encoding_(options.encoding) {
    check_encoding(encoding_, kStringLookup);
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    lookup_fields(field, kStringLookup);
    field("encoding", encoding_);
    if (field.is_reading()) check_encoding(encoding_, kStringLookup);
  }

  void check_call(const Call<TensorSpec>& call) const override {
    if (table().arguments().invert) refuse_texts();
    LookupImpl::check_call(call);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    if (!data::is_text(input)) refuse_tensors(*this);
    return looked_up(data::strings_of(input)).to(input.device());
  }

  at::Tensor looked_up(const Strings& texts) const {
    if (table().arguments().invert) refuse_texts();
    return table().looked_up(texts.values(), texts.shape());
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    return {{output_shape(call.inputs().front().shape), table().is_int() ? DType::Int64 : DType::Float32}};
  }

 private:
  [[noreturn]] void refuse_texts() const {
    throw ValueError("StringLookup with `invert` gives texts for indices. Call `to_strings` of layer '{}' with these. "
                     "Received: texts", name());
  }

  std::string encoding_ = "utf-8";
};

StringLookupImpl& string_lookup_of(const Layer& layer) { return static_cast<StringLookupImpl&>(*layer.impl()); }

}  // namespace

StringLookup::StringLookup(StringLookupOptions options) : Layer(std::make_shared<StringLookupImpl>(options)) {}

Array StringLookup::operator()(const Strings& values) const {
  return Array(string_lookup_of(*this).looked_up(values));
}

Strings StringLookup::to_strings(const Data& indices) const {
  const auto& table = string_lookup_of(*this).table();
  if (!table.arguments().invert) {
    throw ValueError(
        "StringLookup gives texts for indices where it was made with `.invert = true`. Layer '{}' was not.", name());
  }
  const at::Tensor numbers = data::to_tensor(indices, "indices", data::Want::KeepIntegers).to(at::kLong).contiguous();
  const int64_t* first = numbers.data_ptr<int64_t>();
  std::vector<std::string> texts;
  for (int64_t i = 0; i < numbers.numel(); ++i) texts.push_back(table.token_at(first[i]));
  return Strings(Shape(numbers.sizes().begin(), numbers.sizes().end()), std::move(texts));
}

void StringLookup::adapt(const Strings& data) const { string_lookup_of(*this).table().adapt(rows_of(data), name()); }

void StringLookup::set_vocabulary(const std::vector<std::string>& vocabulary,
                                  const std::vector<double>& idf_weights) const {
  string_lookup_of(*this).table().set_vocabulary(vocabulary, unless_empty(idf_weights));
}

void StringLookup::set_vocabulary(const std::string& path) const {
  string_lookup_of(*this).table().set_vocabulary_file(path);
}

std::vector<std::string> StringLookup::get_vocabulary(bool include_special_tokens) const {
  return string_lookup_of(*this).table().vocabulary(include_special_tokens);
}

int64_t StringLookup::vocabulary_size() const { return string_lookup_of(*this).table().size(); }

void register_string_lookup(Registry<LayerImpl>& layers) { layers.add<StringLookupImpl>(kStringLookup); }

}  // namespace keraslike::layers
