#include <algorithm>

#include <ATen/ops/empty.h>

#include "keraslike/layers/dtype_policy.h"
#include "keraslike/data/texts.h"
#include "keraslike/layers/encoding.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/fingerprints.h"
#include "keraslike/layers/hashing.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

constexpr uint64_t kFirst = 0xDECAFCAFFE;  // TensorFlow's, where no key is given

// What of each value is joined: integers as they are, texts by their fingerprints.
using Column = std::vector<uint64_t>;

Column column_of(const at::Tensor& integers) {
  const at::Tensor flat = integers.to(at::kCPU, at::kLong).contiguous();
  const int64_t* first = flat.data_ptr<int64_t>();
  return {first, first + flat.numel()};
}

Column column_of(const Strings& texts) {
  Column column;
  for (const std::string& text : texts.values()) column.push_back(fingerprint(text));
  return column;
}

class HashedCrossingImpl final : public LayerImpl, public TakesTexts {
 public:
  HashedCrossingImpl() { set_dtype_policy("int64"); }
  HashedCrossingImpl(int64_t num_bins, HashedCrossingOptions options)
      : LayerImpl({.name = options.name, .dtype = options.dtype}), num_bins_(num_bins), options_(std::move(options)) {
    if (!options_.dtype && is_int()) set_dtype_policy("int64");
    settle();
  }

  // Keras' layer takes no `trainable`.
  void fields(Fields& field) override {
    std::string layer_name = name();
    DTypePolicy policy = dtype_policy();
    field("num_bins", num_bins_);
    field("output_mode", options_.output_mode);
    field("sparse", options_.sparse);
    field("name", layer_name);
    dtype_name_field(field, policy);
    if (!field.is_reading()) return;
    set_name(layer_name);
    set_dtype_policy(policy);
    settle();
  }

  bool takes_numbers() const override { return true; }

  void check_call(const Call<TensorSpec>& call) const override {
    std::vector<Shape> shapes;
    for (const TensorSpec& input : call.inputs()) shapes.push_back(input.shape);
    check_shapes(shapes);
  }

  void check_shapes(const std::vector<Shape>& shapes) const {
    if (shapes.size() < 2) {
      throw ValueError("`HashedCrossing` should be called on at least two inputs. Received: {} inputs", shapes.size());
    }
    const Shape& first = shapes.front();
    if (first.rank() > 2 || (first.rank() == 2 && first[1] != 1)) {
      throw ValueError("All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or `(batch_size, 1)`. "
                       "Received: an input of shape {}", first);
    }
    for (const Shape& shape : shapes) {
      if (shape.matches(first)) continue;
      throw ValueError("All `HashedCrossing` inputs should have equal shape. Received: inputs of shapes {} and {}",
                       first, shape);
    }
  }

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    std::vector<Column> columns;
    const Values inputs = call.inputs();
    for (const Value& input : inputs) {
      if (data::is_text(input.tensor)) {
        columns.push_back(column_of(data::strings_of(input.tensor)));
        continue;
      }
      if (at::isIntegralType(input.tensor.scalar_type(), /*includeBool=*/false)) {
        columns.push_back(column_of(input.tensor));
        continue;
      }
      throw ValueError("All `HashedCrossing` inputs should have an integer or string dtype. Layer '{}' received a "
                       "tensor of {}: say `.dtype = \"int64\"` where the model's input is made.",
                       name(), std::string(input.tensor.dtype().name()));
    }
    const at::Tensor& like = inputs.front().tensor;
    return {{crossed(columns, Shape(like.sizes().begin(), like.sizes().end())).to(like.device())}};
  }

  at::Tensor crossed(const std::vector<Column>& columns, const Shape& shape) const {
    at::Tensor bins = at::empty(shape, at::kLong);
    int64_t* to = bins.data_ptr<int64_t>();
    for (size_t row = 0; row < columns.front().size(); ++row) {
      uint64_t joined = kFirst;
      for (const Column& column : columns) joined = joined_fingerprint(joined, column[row]);
      to[row] = static_cast<int64_t>(joined % static_cast<uint64_t>(num_bins_));
    }
    return is_int() ? bins.to(utils::scalar_type(compute_dtype())) : encoded(bins, "one_hot", num_bins_);
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    return {{encoded_shape(call.inputs().front().shape, options_.output_mode, num_bins_), compute_dtype()}};
  }

 private:
  void settle() const {
    check_choice("output_mode", options_.output_mode, {"int", "one_hot"}, "HashedCrossing");
    refuse_sparse(options_.sparse, options_.output_mode, "HashedCrossing");
    if (num_bins_ <= 0) {
      throw ValueError("HashedCrossing expects `num_bins` to be positive. Received: num_bins={}", num_bins_);
    }
    check_encoding_dtype(dtype_policy(), options_.output_mode, "HashedCrossing");
  }

  bool is_int() const { return options_.output_mode == "int"; }

  int64_t num_bins_ = 0;
  HashedCrossingOptions options_;
};

}  // namespace

HashedCrossing::HashedCrossing(int64_t num_bins, HashedCrossingOptions options)
    : Layer(std::make_shared<HashedCrossingImpl>(num_bins, std::move(options))) {}

Array HashedCrossing::operator()(const std::vector<Feature>& features) const {
  const auto& layer = static_cast<const HashedCrossingImpl&>(*impl_);
  std::vector<Shape> shapes;
  std::vector<Column> columns;
  for (const Feature& feature : features) {
    shapes.push_back(std::visit([](const auto& values) { return Shape(values.shape()); }, feature));
    if (const auto* texts = std::get_if<Strings>(&feature)) {
      columns.push_back(column_of(*texts));
    } else if (const Array& numbers = std::get<Array>(feature); !is_floating(numbers.dtype())) {
      columns.push_back(column_of(numbers.tensor()));
    } else {
      throw ValueError("All `HashedCrossing` inputs should have an integer or string dtype. Received: an Array of {}",
                       to_string(numbers.dtype()));
    }
  }
  layer.check_shapes(shapes);
  return Array(layer.crossed(columns, shapes.front()));
}

void register_hashed_crossing(Registry<LayerImpl>& layers) { layers.add<HashedCrossingImpl>("HashedCrossing"); }

}  // namespace keraslike::layers
