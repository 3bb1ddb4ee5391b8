#include "keraslike/layers/hashing.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include "keraslike/data/texts.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/encoding.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/fingerprints.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

using Mask = std::variant<None, int64_t, std::string>;

std::string mask_to_json(const Mask& mask) {
  if (const auto* number = std::get_if<int64_t>(&mask)) return saving::Json(*number).dump();
  if (const auto* text = std::get_if<std::string>(&mask)) return saving::Json(*text).dump();
  return "null";
}

Mask mask_from_json(const std::string& json) {
  const saving::Json value = json.empty() ? saving::Json() : saving::Json::parse(json);
  if (value.is_null()) return none;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.get<int64_t>();
  throw ValueError("Hashing expects `mask_value` to be a number or a text. Received: mask_value={}", json);
}

class HashingImpl final : public LayerImpl, public TakesTexts {
 public:
  HashingImpl() { set_dtype_policy("int64"); }
  HashingImpl(int64_t num_bins, HashingOptions options)
      : LayerImpl(layer_arguments(options)), num_bins_(num_bins), options_(std::move(options)) {
    if (!options_.dtype && is_int()) set_dtype_policy("int64");
    settle();
  }

  void fields(Fields& field) override {
    std::string layer_name = name();
    bool layer_trainable = trainable();
    std::string mask = mask_to_json(options_.mask_value);
    DTypePolicy policy = dtype_policy();
    DTypePolicyField dtype(policy);
    field("name", layer_name);
    field("trainable", layer_trainable);
    field.object("dtype", dtype);
    field("num_bins", num_bins_);
    field("salt", options_.salt.keys);
    field.json("mask_value", mask);
    field("output_mode", options_.output_mode);
    field("sparse", options_.sparse);
    if (!field.is_reading()) return;
    set_name(layer_name);
    set_trainable(layer_trainable);
    set_dtype_policy(policy);
    options_.mask_value = mask_from_json(mask);
    settle();
  }

  bool takes_numbers() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    if (data::is_text(input)) return call(data::strings_of(input)).to(input.device());
    if (std::holds_alternative<std::string>(options_.mask_value)) {
      throw ValueError("Hashing expects texts, as its `mask_value` is one: call layer '{}' with Strings. Received: "
                       "numbers", name());
    }
    const at::Tensor numbers = input.detach().to(at::kCPU, at::kLong).contiguous();
    at::Tensor bins = at::empty(numbers.sizes(), at::kLong);
    const int64_t* from = numbers.data_ptr<int64_t>();
    int64_t* to = bins.data_ptr<int64_t>();
    for (int64_t i = 0; i < numbers.numel(); ++i) to[i] = bin_of(std::to_string(from[i]));
    if (const auto* mask = std::get_if<int64_t>(&options_.mask_value); mask != nullptr && masks()) {
      bins.masked_fill_(input.detach().to(at::kCPU) == *mask, 0);
    }
    return result(bins).to(input.device());
  }

  at::Tensor call(const Strings& input) const {
    if (std::holds_alternative<int64_t>(options_.mask_value)) {
      throw ValueError("Hashing expects numbers, as its `mask_value` is one. Layer '{}' received: texts", name());
    }
    const auto* mask = std::get_if<std::string>(&options_.mask_value);
    at::Tensor bins = at::empty(input.shape(), at::kLong);
    int64_t* to = bins.data_ptr<int64_t>();
    for (const std::string& text : input.values()) {
      *to++ = mask != nullptr && masks() && text == *mask ? 0 : bin_of(text);
    }
    return result(bins);
  }

  Shape output_shape(const Shape& input) const override {
    return encoded_shape(input, options_.output_mode, num_bins_);
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    return {{output_shape(call.inputs().front().shape), compute_dtype()}};
  }

 private:
  void settle() const {
    if (num_bins_ <= 0) {
      throw ValueError("The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: num_bins={}.",
                       num_bins_);
    }
    const std::string& mode = options_.output_mode;
    if (mode != "int" && mode != "one_hot" && mode != "multi_hot" && mode != "count") {
      throw ValueError("Invalid value for argument `output_mode`. Expected one of ('int', 'one_hot', 'multi_hot', "
                       "'count'). Received: output_mode={}", mode);
    }
    refuse_sparse(options_.sparse, options_.output_mode, "Hashing");
    check_encoding_dtype(dtype_policy(), options_.output_mode, "Hashing");
  }

  bool is_int() const { return options_.output_mode == "int"; }
  bool masks() const { return options_.mask_value.index() != 0 && num_bins_ > 1; }

  int64_t bin_of(const std::string& text) const {
    const auto key = hash_key(options_.salt);
    return masks() ? 1 + hash_bucket(text, num_bins_ - 1, key) : hash_bucket(text, num_bins_, key);
  }

  at::Tensor result(const at::Tensor& bins) const {
    if (is_int()) return bins.to(utils::scalar_type(compute_dtype()));
    return encoded(bins, options_.output_mode, num_bins_);
  }

  int64_t num_bins_ = 0;
  HashingOptions options_;
};

}  // namespace

Hashing::Hashing(int64_t num_bins, HashingOptions options)
    : Layer(std::make_shared<HashingImpl>(num_bins, std::move(options))) {}

Array Hashing::operator()(const Strings& values) const {
  return Array(static_cast<const HashingImpl&>(*impl_).call(values));
}

void register_hashing(Registry<LayerImpl>& layers) { layers.add<HashingImpl>("Hashing"); }

}  // namespace keraslike::layers
