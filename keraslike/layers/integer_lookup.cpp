#include "keraslike/data/conversion.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lookup.h"
#include "keraslike/layers/lookup_impl.h"

namespace keraslike::layers {

namespace {

constexpr const char* kIntegerLookup = "IntegerLookup";

std::vector<int64_t> integers_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kLong).contiguous();
  const int64_t* first = flat.data_ptr<int64_t>();
  return {first, first + flat.numel()};
}

LookupArguments<int64_t> arguments_of(const IntegerLookupOptions& options) {
  if (options.max_tokens && *options.max_tokens <= 1) {
    throw ValueError("If `max_tokens` is set for `IntegerLookup`, it must be greater than 1. Received: max_tokens={}",
                     *options.max_tokens);
  }
  if (options.num_oov_indices < 0) {
    throw ValueError("The value of `num_oov_indices` argument for `IntegerLookup` must >= 0. Received: "
                     "num_oov_indices={}", options.num_oov_indices);
  }
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
          .oov_method = options.oov_method,
          .salt = options.salt};
}

class IntegerLookupImpl final : public LookupImpl<int64_t> {
 public:
  IntegerLookupImpl() { table().settle(arguments_of(IntegerLookupOptions{}), kIntegerLookup); }
  explicit IntegerLookupImpl(const IntegerLookupOptions& options)
      : LookupImpl(layer_arguments(options), arguments_of(options), kIntegerLookup) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    lookup_fields(field, kIntegerLookup);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const std::vector<int64_t> values = integers_of(input);
    const Shape shape(input.sizes().begin(), input.sizes().end());
    if (!table().arguments().invert) return table().looked_up(values, shape).to(input.device());
    at::Tensor tokens = input.detach().to(at::kCPU, at::kLong).clone();
    int64_t* to = tokens.data_ptr<int64_t>();
    for (const int64_t index : values) *to++ = table().token_at(index);
    return tokens.to(input.device());
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    return {{output_shape(call.inputs().front().shape), table().is_int() ? DType::Int64 : DType::Float32}};
  }
};

IntegerLookupImpl& integer_lookup_of(const Layer& layer) { return static_cast<IntegerLookupImpl&>(*layer.impl()); }

}  // namespace

IntegerLookup::IntegerLookup(IntegerLookupOptions options) : Layer(std::make_shared<IntegerLookupImpl>(options)) {}

void IntegerLookup::adapt(const Data& data) const {
  const at::Tensor values = data::to_tensor(data, "data", data::Want::KeepIntegers);
  const std::vector<int64_t> all = integers_of(values);
  const int64_t rows = values.dim() == 0 ? 1 : values.size(0);
  const size_t width = rows == 0 ? 0 : all.size() / static_cast<size_t>(rows);
  std::vector<std::vector<int64_t>> documents;
  for (int64_t row = 0; row < rows; ++row) {
    const auto first = all.begin() + row * static_cast<int64_t>(width);
    documents.emplace_back(first, first + static_cast<int64_t>(width));
  }
  integer_lookup_of(*this).table().adapt(documents, name());
}

void IntegerLookup::set_vocabulary(const std::vector<int64_t>& vocabulary,
                                   const std::vector<double>& idf_weights) const {
  integer_lookup_of(*this).table().set_vocabulary(vocabulary, unless_empty(idf_weights));
}

void IntegerLookup::set_vocabulary(const std::string& path) const {
  integer_lookup_of(*this).table().set_vocabulary_file(path);
}

std::vector<int64_t> IntegerLookup::get_vocabulary(bool include_special_tokens) const {
  return integer_lookup_of(*this).table().vocabulary(include_special_tokens);
}

int64_t IntegerLookup::vocabulary_size() const { return integer_lookup_of(*this).table().size(); }

void register_integer_lookup(Registry<LayerImpl>& layers) { layers.add<IntegerLookupImpl>(kIntegerLookup); }

}  // namespace keraslike::layers
