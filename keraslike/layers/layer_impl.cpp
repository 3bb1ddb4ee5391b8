#include "keraslike/layers/layer_impl.h"

#include <algorithm>
#include <map>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include "keraslike/initializers/seeded.h"
#include "keraslike/layers/deferred_values.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/torch_device.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::layers {

std::string reason_of(const c10::Error& error) {
  constexpr size_t kMostCharacters = 240;
  std::string text = error.what_without_backtrace();
  text = text.substr(0, text.find('\n'));
  if (text.size() > kMostCharacters) text = text.substr(0, kMostCharacters) + "...";
  return text;
}

namespace {

// Layers compute in one type, whatever floats they are given.
at::Tensor cast_if_floating(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.is_floating_point() ? tensor.to(type) : tensor;
}

bool has_other_floats(const Call<Value>& call, at::ScalarType type) {
  const Values values = call.tensors();
  return std::any_of(values.begin(), values.end(), [type](const Value& value) {
    return value.tensor.is_floating_point() && value.tensor.scalar_type() != type;
  });
}

Call<Value> cast_inputs(const Call<Value>& call, at::ScalarType type) {
  return call.map<Value>(
      [type](const Value& value) { return Value{cast_if_floating(value.tensor, type), value.mask}; });
}

bool is_random(const Initializer& initializer) {
  return dynamic_cast<const initializers::SeededImpl*>(initializer.impl().get()) != nullptr;
}

at::Tensor empty_values(const Shape& shape, DType dtype) {
  return utils::empty_large(shape, utils::scalar_type(dtype));
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

LayerImpl::LayerImpl(LayerArguments arguments)
    : arguments_(std::move(arguments)), policy_(arguments_.dtype.value_or(DTypePolicy())) {
  if (arguments_.name.find('/') != std::string::npos) {
    throw ValueError("The name of a layer can not contain '/', which separates the parts of a weight's path. "
                     "Received: name='{}'", arguments_.name);
  }
}

void LayerImpl::fields(Fields& field) {
  field("name", arguments_.name);
  field("trainable", arguments_.trainable);
  DTypePolicyField dtype(policy_);
  field.object("dtype", dtype);
}

// Keras rebuilds layers of several inputs from the graph that they stand in.
std::optional<Shape> LayerImpl::build_config() const {
  return built_ && has_one_input_ ? std::optional<Shape>(built_shape_) : std::nullopt;
}

void LayerImpl::build(const Shape&) {}

std::vector<std::pair<std::string, Layer>> LayerImpl::saved_parts() const {
  std::vector<std::pair<std::string, Layer>> parts;
  std::map<std::string, int> counts;
  for (const Layer& layer : sublayers()) {
    const std::string name = utils::to_snake_case(layer->own_class_name());
    const int number = counts[name]++;
    parts.emplace_back(number == 0 ? name : fmt::format("{}_{}", name, number), layer);
  }
  return parts;
}

void LayerImpl::check_input(const Shape&) const {}

std::optional<PlannedLayer> LayerImpl::plan(const StepPlanner&, const PlanTensors&) { return std::nullopt; }

namespace {

// A call with nothing but float32 tensors, all of which count.
bool is_plain(const Call<PlanTensor>& call) {
  const bool has_others = std::any_of(call.arguments.begin() + 1, call.arguments.end(), [](const auto& argument) {
    return !argument.second.is_none() && argument.first != "training";
  });
  const PlanTensors tensors = call.tensors();
  return !has_others && std::all_of(tensors.begin(), tensors.end(), [](const PlanTensor& tensor) {
    return !tensor.mask.defined() && tensor.value.scalar_type() == at::kFloat;
  });
}

}  // namespace

// Penalties on outputs are recorded as the layer runs.
std::optional<PlannedLayer> LayerImpl::planned(const StepPlanner& planner, const PlanTensors& inputs) {
  if (!built()) return std::nullopt;
  auto planned = plan(planner, inputs);
  if (!planned) return std::nullopt;
  const bool fits = planned->fits_any_call || is_plain(planner.call());
  if (!fits || arguments_.activity_regularizer) planned = planned_by_autograd(*this, planner);
  plan_masks(*this, planner.call(), *planned);
  return planned;
}

bool LayerImpl::built() const {
  const auto parts = sublayers();
  return built_ && std::all_of(parts.begin(), parts.end(), [](const Layer& layer) { return layer.built(); });
}

void LayerImpl::ensure_built(const Call<TensorSpec>& call) {
  if (built()) {
    if (built_outputs_.empty()) built_outputs_ = typed_output_specs(call);  // of a model that was made with its input
    return;
  }
  check_call(call);
  at::NoGradGuard no_grad;
  const NameScope scope(arguments_.name);
  find_policy();
  build_call(call);
  move_to_configured_device();
  const auto tensors = call.tensors();
  has_one_input_ = tensors.size() - call.tensors("mask").size() == 1;
  if (!tensors.empty()) built_shape_ = tensors.front().shape;
  built_ = true;
  built_outputs_ = typed_output_specs(call);
  follow_trainable();
}

// Initial values are drawn and LibTorch's modules made on the CPU, so that a seed means the same on every device.
void LayerImpl::move_to_configured_device() {
  const at::Device device = utils::configured_device();
  if (!device.is_cpu()) to(device);
}

// In a map, by the path that weights have too. The map may come from a layer that has another policy in it.
void LayerImpl::find_policy() {
  if (policy_.map() == nullptr) return;
  policy_ = policy_.for_layer(has_dtype_path(class_name()) ? std::optional(NameScope::path()) : std::nullopt);
}

void LayerImpl::check_call(const Call<TensorSpec>& call) const {
  const auto inputs = call.inputs();
  if (inputs.size() != 1) {
    throw ValueError("Layer '{}' (of type {}) expects 1 input(s), but it received {} input tensors.", name(),
                     class_name(), inputs.size());
  }
  check_input(inputs.front().shape);
}

void LayerImpl::build_call(const Call<TensorSpec>& call) { build(call.inputs().front().shape); }

std::vector<TensorSpec> LayerImpl::output_specs(const Call<TensorSpec>& call) const {
  return {{output_shape(call.inputs().front().shape)}};
}

at::Tensor LayerImpl::call(const at::Tensor&, const CallOptions&) {
  throw ValueError("Layer '{}' (of type {}) has neither `call` nor `call_all`.", name(), class_name());
}

Values LayerImpl::call_all(const Call<Value>& call, const CallOptions& options) {
  const Value input = call.inputs().front();
  const auto given = call.tensor("mask");
  const at::Tensor& mask = given ? given->tensor : input.mask;
  return {{this->call(input.tensor, {.training = options.training, .mask = mask.defined() ? &mask : nullptr})}};
}

std::vector<at::Tensor> LayerImpl::output_masks(const Call<Value>& call, const Values&) const {
  const auto given = call.tensor("mask");
  return {given ? given->tensor : call.inputs().front().mask};
}

std::vector<TensorSpec> LayerImpl::checked_output_specs(const Call<TensorSpec>& call) const {
  check_call(call);
  return typed_output_specs(call);
}

// Layers say what becomes of shapes, and the policy what of floats.
std::vector<TensorSpec> LayerImpl::typed_output_specs(const Call<TensorSpec>& call) const {
  auto specs = output_specs(call);
  if (!casts_outputs() || !is_floating(compute_dtype())) return specs;
  for (TensorSpec& spec : specs) {
    if (is_floating(spec.dtype)) spec.dtype = compute_dtype();
  }
  return specs;
}

Shape LayerImpl::checked_output_shape(const Shape& input_shape) const {
  return checked_output_specs(TensorSpec{input_shape}).front().shape;
}

Values LayerImpl::run_all(const Call<Value>& call, const CallOptions& options) {
  const auto specs = call.map<TensorSpec>([](const Value& value) {
    const auto sizes = value.tensor.sizes();
    return TensorSpec{Shape(sizes.begin(), sizes.end())};
  });
  check_call(specs);
  if (!built()) {
    ensure_built(specs.map<TensorSpec>([this](const TensorSpec& spec) {
      if (needs_batch_size()) return spec;
      return TensorSpec{spec.shape.without_batch().with_batch(), spec.dtype};
    }));
  }
  const at::ScalarType type = utils::scalar_type(compute_dtype());
  if (autocasts() && is_floating(compute_dtype()) && has_other_floats(call, type)) {
    return run_all(cast_inputs(call, type), options);
  }
  if (open_scopes.empty()) cast_weights();
  const NameScope scope(arguments_.name);
  Values outputs = call_with_context(call, options);
  cast_outputs(outputs);
  record_activity(outputs);
  set_masks(call, outputs);
  return outputs;
}

// Once for a call of a model, however many layers are inside: weights do not change meanwhile.
void LayerImpl::cast_weights() const {
  for (const auto& weight : own_weights_) weight->cast();
  for (const Layer& layer : sublayers()) layer->cast_weights();
}

void LayerImpl::cast_outputs(Values& outputs) const {
  if (!casts_outputs() || !is_floating(compute_dtype())) return;
  const at::ScalarType type = utils::scalar_type(compute_dtype());
  for (Value& output : outputs) output.tensor = cast_if_floating(output.tensor, type);
}

void LayerImpl::record_activity(const Values& outputs) {
  if (!arguments_.activity_regularizer) return;
  const auto regularizer = arguments_.activity_regularizer.resolve();
  for (const Value& output : outputs) {
    losses_.push_back(regularizer(output.tensor) / static_cast<double>(output.tensor.size(0)));
  }
}

// Masks that the layer has set itself stay.
void LayerImpl::set_masks(const Call<Value>& call, Values& outputs) const {
  if (supports_masking()) {
    const auto masks = output_masks(call, outputs);
    for (size_t i = 0; i < std::min(masks.size(), outputs.size()); ++i) {
      if (!outputs[i].mask.defined()) outputs[i].mask = masks[i];
    }
    return;
  }
  for (const Value& input : call.inputs()) {
    if (!input.mask.defined() || std::exchange(told_of_mask_, true)) continue;
    utils::warn(fmt::format(
        "Layer '{}' (of type {}) was passed an input with a mask attached to it. However, this layer does not support "
        "masking and will therefore destroy the mask information. Downstream layers will not see the mask.",
        name(), class_name()));
  }
}

Values LayerImpl::call_with_context(const Call<Value>& call, const CallOptions& options) {
  try {
    return call_all(call, options);
  } catch (const c10::Error& error) {
    const at::Tensor input = call.tensors().front().tensor;
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
    if (weight->trains()) result.push_back(weight);
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
    if (weight->trainable) weight->tensor.requires_grad_(trainable() && weight->trains());
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
  if (!is_floating(variable_dtype())) {
    throw ValueError("Layer '{}' (of type {}) has weights, and needs a dtype of floats. Received: dtype='{}'",
                     arguments_.name, class_name(), policy_.name());
  }
  const DType dtype = options.dtype.value_or(variable_dtype());
  const Initializer initial = initializer.get();
  const bool waits = is_random(initial) && DeferredValues::wants(shape.count());
  store(*weight, waits ? empty_values(shape, dtype) : initial(shape, dtype), waits, options);
  if (waits) DeferredValues::add(*weight, [=] { fill(*weight, initial(shape, dtype)); });
  own_weights_.push_back(weight);
  return weight->value();
}

// LibTorch's modules make float32. Where weights are cast, the module computes with what they become, and the weight
// stays among its parameters.
void LayerImpl::store(Weight& weight, const at::Tensor& values, bool is_empty, const WeightOptions& options) {
  if (options.tensor != nullptr) {
    weight.tensor = *options.tensor;
    const at::ScalarType type = values.scalar_type();
    if (weight.tensor.scalar_type() != type) weight.tensor.set_data(weight.tensor.detach().to(type));
    if (!is_empty) fill(weight, values);
  } else {
    const at::Tensor stored = options.stored.empty() ? values : values.permute(options.stored).contiguous();
    weight.tensor = options.trainable ? register_parameter(weight.name, stored) : register_buffer(weight.name, stored);
  }
  const at::ScalarType computed = utils::scalar_type(compute_dtype());
  if (!options.autocast || !values.is_floating_point() || computed == values.scalar_type()) return;
  weight.computed = weight.tensor.detach().to(computed);
  if (options.tensor != nullptr) *options.tensor = weight.computed;
}

WeightPtr LayerImpl::add_lora(const std::string& weight_name, int64_t rank, int64_t alpha,
                              const NameOr<Regularizer>& regularizer) {
  const WeightPtr weight = *std::find_if(own_weights_.begin(), own_weights_.end(),
                                         [&](const WeightPtr& own) { return own->name == weight_name; });
  const auto add_part = [&](const char* part, const Shape& shape, const char* initializer) {
    add_weight("lora_" + weight_name + part, shape, initializer, {.regularizer = regularizer});
    own_weights_.back()->is_saved = false;
    return own_weights_.back();
  };
  Shape shape = weight->shape;
  shape.back() = rank;
  const WeightPtr a = add_part("_a", shape, "he_uniform");
  const WeightPtr b = add_part("_b", {rank, weight->shape.back()}, "zeros");
  weight->lora = LowRank{a, b, static_cast<double>(alpha) / static_cast<double>(rank)};
  return weight;
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
