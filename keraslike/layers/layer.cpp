#include "keraslike/layers/layer.h"

#include <ATen/core/grad_mode.h>

#include "keraslike/data/array.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"

namespace keraslike {

namespace layers {

Layer::Layer(std::shared_ptr<LayerImpl> impl) : Handle(std::move(impl)) {
  if (impl_->name().empty()) impl_->set_name(utils::unique_name(impl_->own_class_name()));
}

const std::string& Layer::name() const { return impl_->name(); }
std::string Layer::class_name() const { return impl_->class_name(); }
void Layer::build(const Shape& input_shape) const { impl_->ensure_built(input_shape); }
bool Layer::built() const { return impl_->built(); }
bool Layer::trainable() const { return impl_->trainable(); }
void Layer::set_trainable(bool trainable) const { impl_->set_trainable(trainable); }
const DTypePolicy& Layer::dtype_policy() const { return impl_->dtype_policy(); }
DType Layer::compute_dtype() const { return impl_->compute_dtype(); }
DType Layer::variable_dtype() const { return impl_->variable_dtype(); }
torch::nn::Module& Layer::module() const { return *impl_; }

Shape Layer::compute_output_shape(const Shape& input_shape) const { return impl_->checked_output_shape(input_shape); }

at::Tensor Layer::operator()(const at::Tensor& input, CallOptions options) const {
  const Value input_value{input, options.mask == nullptr ? at::Tensor() : *options.mask};
  at::Tensor output = impl_->run(input_value, options).tensor;
  impl_->take_losses();
  return output;
}

std::vector<Array> Layer::get_weights() const {
  std::vector<Array> result;
  for (const auto& weight : impl_->weights()) result.emplace_back(weight->in_keras_shape().contiguous().cpu().clone());
  return result;
}

void Layer::set_weights(const std::vector<Array>& weights) const {
  const auto own = impl_->weights();
  if (weights.size() != own.size()) {
    throw ValueError(
        "You called `set_weights(weights)` on layer '{}' with a weight list of length {}, but the layer was "
        "expecting {} weights.{}",
        name(), weights.size(), own.size(),
        built() ? "" : " It has none before it is built: call it on data, or `build(input_shape)`, first.");
  }
  for (size_t i = 0; i < own.size(); ++i) {
    if (weights[i].shape() == own[i]->shape) continue;
    throw ValueError("Layer '{}' weight '{}' of shape {} is not compatible with the provided weight {} of shape {}.",
                     name(), own[i]->path, own[i]->shape, i, weights[i].shape());
  }
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < own.size(); ++i) own[i]->in_keras_shape().copy_(weights[i].tensor());
}

int64_t Layer::count_params() const {
  if (!built()) {
    throw ValueError("You tried to call `count_params` on layer '{}', but the layer isn't built. You can build it with "
                     "`layer.build(input_shape)`.", name());
  }
  int64_t count = 0;
  for (const auto& weight : impl_->weights()) count += weight->shape.count();
  return count;
}

std::string Layer::get_config() const {
  return saving::write_config([this](Fields& field) { impl_->fields(field); });
}

}  // namespace layers

template <>
Registry<layers::LayerImpl>& registry() {
  static Registry<layers::LayerImpl> layers = [] {
    Registry<layers::LayerImpl> all("layer", "keras.layers");
    layers::register_families(all);
    return all;
  }();
  return layers;
}

}  // namespace keraslike
