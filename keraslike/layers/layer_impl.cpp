#include "keraslike/layers/layer_impl.h"

#include <algorithm>
#include <map>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/plan.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// The first line of LibTorch's text, without the backtrace, short enough for a message.
std::string reason_of(const c10::Error& error) {
  constexpr size_t kMostCharacters = 240;
  std::string text = error.what_without_backtrace();
  text = text.substr(0, text.find('\n'));
  if (text.size() > kMostCharacters) text = text.substr(0, kMostCharacters) + "...";
  return text;
}


thread_local std::vector<const std::string*> open_scopes;

}  // namespace

NameScope::NameScope(const std::string& name) { open_scopes.push_back(&name); }
NameScope::~NameScope() { open_scopes.pop_back(); }

std::string NameScope::path() {
  std::string result;
  for (const std::string* name : open_scopes) result += (result.empty() ? "" : "/") + *name;
  return result;
}

LayerImpl::KeptGenerator::KeptGenerator() : state_(at::detail::getDefaultCPUGenerator().get_state()) {}

LayerImpl::KeptGenerator::~KeptGenerator() {
  auto generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(state_);
}

LayerImpl::LayerImpl(LayerArguments arguments) : arguments_(std::move(arguments)) {
  if (arguments_.name.find('/') != std::string::npos) {
    throw ValueError("The name of a layer can not contain '/', which separates the parts of a weight's path. "
                     "Received: name='{}'", arguments_.name);
  }
}

void LayerImpl::fields(Fields& field) {
  field("name", arguments_.name);
  field("trainable", arguments_.trainable);
  DTypePolicyField dtype(dtype_);
  field.object("dtype", dtype);
}

std::optional<Shape> LayerImpl::build_config() const {
  return built_ ? std::optional<Shape>(built_shape_) : std::nullopt;
}

void LayerImpl::build(const Shape&) {}

std::vector<std::pair<std::string, Layer>> LayerImpl::saved_parts() const {
  std::vector<std::pair<std::string, Layer>> parts;
  std::map<std::string, int> counts;
  for (const Layer& layer : sublayers()) {
    const std::string name = utils::to_snake_case(layer.class_name());
    const int number = counts[name]++;
    parts.emplace_back(number == 0 ? name : fmt::format("{}_{}", name, number), layer);
  }
  return parts;
}

void LayerImpl::check_input(const Shape&) const {}

std::optional<PlannedLayer> LayerImpl::plan(const StepPlanner&, const PlanTensors&) { return std::nullopt; }

// Penalties on outputs are recorded as the layer runs.
std::optional<PlannedLayer> LayerImpl::planned(const StepPlanner& planner, const PlanTensors& inputs) {
  return arguments_.activity_regularizer || !built() ? std::nullopt : plan(planner, inputs);
}

bool LayerImpl::built() const {
  const auto parts = sublayers();
  return built_ && std::all_of(parts.begin(), parts.end(), [](const Layer& layer) { return layer.built(); });
}

void LayerImpl::ensure_built(const Shape& input_shape) {
  if (built()) return;
  check_input(input_shape);
  at::NoGradGuard no_grad;
  const NameScope scope(arguments_.name);
  build(input_shape);
  built_shape_ = input_shape;
  built_ = true;
  follow_trainable();
}

Shape LayerImpl::checked_output_shape(const Shape& input_shape) const {
  check_input(input_shape);
  return output_shape(input_shape);
}

at::Tensor LayerImpl::run(const at::Tensor& input, const CallOptions& options) {
  const auto sizes = input.sizes();
  const Shape shape(sizes.begin(), sizes.end());
  check_input(shape);
  if (!built()) ensure_built(shape.without_batch().with_batch());
  const NameScope scope(arguments_.name);
  at::Tensor output = call_with_context(input, options);
  if (arguments_.activity_regularizer) {
    losses_.push_back(arguments_.activity_regularizer.resolve()(output) / static_cast<double>(input.size(0)));
  }
  return output;
}

at::Tensor LayerImpl::call_with_context(const at::Tensor& input, const CallOptions& options) {
  try {
    return call(input, options);
  } catch (const c10::Error& error) {
    const auto sizes = input.sizes();
    throw ValueError("Exception encountered when calling layer '{}' (of type {}): {}. Received: input of shape {} and "
                     "type {}", NameScope::path(), class_name(), reason_of(error), Shape(sizes.begin(), sizes.end()),
                     std::string(input.dtype().name()));
  }
}

std::vector<WeightPtr> LayerImpl::own_weights() const {
  std::vector<WeightPtr> result = own_weights_;
  std::stable_partition(result.begin(), result.end(), [](const WeightPtr& weight) { return weight->trainable; });
  return result;
}

std::vector<WeightPtr> LayerImpl::weights() const {
  std::vector<WeightPtr> result = own_weights();
  for (const Layer& layer : sublayers()) {
    for (auto& weight : layer->weights()) {
      if (std::find(result.begin(), result.end(), weight) == result.end()) result.push_back(std::move(weight));
    }
  }
  return result;
}

std::vector<WeightPtr> LayerImpl::trainable_weights() const {
  std::vector<WeightPtr> result;
  if (!trainable()) return result;
  for (const auto& weight : own_weights_) {
    if (weight->trainable) result.push_back(weight);
  }
  for (const Layer& layer : sublayers()) {
    for (auto& weight : layer->trainable_weights()) {
      if (std::find(result.begin(), result.end(), weight) == result.end()) result.push_back(std::move(weight));
    }
  }
  return result;
}

std::vector<at::Tensor> LayerImpl::take_losses() {
  std::vector<at::Tensor> result = std::exchange(losses_, {});
  for (const Layer& layer : sublayers()) {
    for (auto& loss : layer->take_losses()) result.push_back(std::move(loss));
  }
  return result;
}

std::string LayerImpl::class_name() const { return registry<LayerImpl>().class_name(typeid(*this)); }

void LayerImpl::set_trainable(bool trainable) {
  arguments_.trainable = trainable;
  for (const Layer& layer : sublayers()) layer->set_trainable(trainable);
  follow_trainable();
}

// Autograd need not visit what is frozen.
void LayerImpl::follow_trainable() const {
  for (const auto& weight : own_weights_) {
    if (weight->trainable) weight->tensor.requires_grad_(trainable());
  }
}

at::Tensor LayerImpl::add_weight(const std::string& name, const Shape& shape, const NameOr<Initializer>& initializer,
                                 const WeightOptions& options) {
  at::NoGradGuard no_grad;
  auto weight = std::make_shared<Weight>();
  weight->name = name;
  weight->path = NameScope::path() + "/" + name;
  weight->shape = shape;
  weight->stored = options.stored;
  weight->trainable = options.trainable;
  if (options.regularizer) weight->regularizer = options.regularizer.get();
  if (options.constraint) weight->constraint = options.constraint.get();
  const at::Tensor initial = initializer.get()(shape, options.dtype);
  if (options.tensor.defined()) {
    weight->tensor = options.tensor;
    weight->in_keras_shape().copy_(initial);
  } else {
    const at::Tensor stored = options.stored.empty() ? initial : initial.permute(options.stored).contiguous();
    weight->tensor = options.trainable ? register_parameter(name, stored) : register_buffer(name, stored);
  }
  own_weights_.push_back(weight);
  return weight->tensor;
}

void LayerImpl::refuse(const std::string& expected, const Shape& input) const {
  throw ValueError("Input 0 of layer '{}' (of type {}) is incompatible with the layer: expected {}. "
                   "Received an input of shape {}.", name(), class_name(), expected, input);
}

void LayerImpl::expect_rank(const Shape& input, int64_t rank) const {
  if (input.rank() != rank) refuse(fmt::format("ndim={}, found ndim={}", rank, input.rank()), input);
}

void LayerImpl::expect_min_rank(const Shape& input, int64_t rank) const {
  if (input.rank() < rank) refuse(fmt::format("min_ndim={}, found ndim={}", rank, input.rank()), input);
}

void LayerImpl::expect_axis(const Shape& input, int64_t axis, int64_t size) const {
  const int64_t found = input.dim(axis);
  if (found >= 0 && found != size) {
    refuse(fmt::format("axis {} of the input's shape to have value {}", axis, size), input);
  }
}

}  // namespace keraslike::layers
