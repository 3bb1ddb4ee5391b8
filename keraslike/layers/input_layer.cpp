#include "keraslike/layers/input_layer.h"

#include "keraslike/layers/families.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

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
  dtype_from_string(dtype_);
  batch_shape_ = *batch_shape;
  set_name(name);
}

void register_input_layer(Registry<LayerImpl>& layers) { layers.add<InputLayerImpl>("InputLayer"); }

}  // namespace keraslike::layers
