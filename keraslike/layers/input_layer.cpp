#include "keraslike/layers/input_layer.h"

#include "keraslike/layers/families.h"
#include "keraslike/layers/input.h"
#include "keraslike/layers/node.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace layers {

namespace {

// Texts go by their places in a table.
DType dtype_of_input(const std::string& dtype) { return dtype == "string" ? DType::Int64 : dtype_from_string(dtype); }

}  // namespace

InputLayerImpl::InputLayerImpl(Shape batch_shape, std::string dtype, std::string name)
    : LayerImpl({.name = std::move(name)}), batch_shape_(std::move(batch_shape)), dtype_(std::move(dtype)) {}

// Keras writes neither `trainable` nor a policy here. Keras 2 called the shape `batch_input_shape`.
void InputLayerImpl::fields(Fields& field) {
  std::optional<Shape> batch_shape = batch_shape_;
  std::string name = this->name();
  bool sparse = false;
  bool ragged = false;
  bool optional = false;
  if (field.is_reading()) field("batch_input_shape", batch_shape);
  field("batch_shape", batch_shape);
  field("dtype", dtype_);
  field("sparse", sparse);
  field("ragged", ragged);
  field("name", name);
  field("optional", optional);
  if (!field.is_reading()) return;
  if (sparse || ragged) {
    throw ValueError("Input layer '{}' asks for sparse or ragged data, which are not available.", name);
  }
  if (!batch_shape || batch_shape->empty()) {
    throw ValueError("Input layer '{}' expects a `batch_shape` that begins with the batch axis.", name);
  }
  dtype_of_input(dtype_);
  batch_shape_ = *batch_shape;
  set_name(name);
}

TensorSpec InputLayerImpl::spec() const { return {batch_shape_, dtype_of_input(dtype_)}; }

void register_input_layer(Registry<LayerImpl>& layers) { layers.add<InputLayerImpl>("InputLayer"); }

}  // namespace layers

namespace {

KerasTensor make_input(const Shape& shape, InputOptions options) {
  for (const int64_t size : shape) {
    if (size != 0 && size >= -1) continue;
    throw ValueError("Input expects sizes of at least 1, or `none` where a size is open. Received: shape={}", shape);
  }
  const Shape batch_shape = options.batch_size ? shape.with_batch(*options.batch_size) : shape.with_batch();
  const std::string dtype = options.dtype.value_or(config::floatx());
  const auto layer = std::make_shared<layers::InputLayerImpl>(batch_shape, dtype, std::move(options.name));
  return layers::input_tensor(Layer(layer), layer->spec());
}

}  // namespace

Input::Input(Shape shape, InputOptions options) : KerasTensor(make_input(shape, std::move(options))) {}

}  // namespace keraslike
