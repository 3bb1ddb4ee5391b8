#include "keraslike/models/predictor.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/zeros.h>

#include "keraslike/models/model_impl.h"
#include "keraslike/training/step_plan.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace {

using training::StepPlan;

std::shared_ptr<models::ModelImpl> impl_of(const Model& model) {
  auto impl = std::dynamic_pointer_cast<models::ModelImpl>(model.impl());
  if (impl && impl->built()) return impl;
  throw ValueError("A Predictor expects a model that is built. Give model '{}' an Input, or train it first.",
                   model.name());
}

Shape input_shape_of(const models::ModelImpl& model, int64_t rows) {
  if (rows < 1) throw ValueError("A Predictor expects `rows` of at least 1. Received: rows={}", rows);
  const auto inputs = model.declared_inputs();
  if (inputs.size() != 1 || model.output_names().size() != 1) {
    throw ValueError("A Predictor expects a model with one input and one output. Model '{}' has {} and {}.",
                     model.name(), inputs.size(), model.output_names().size());
  }
  const Shape shape = inputs.front().spec.shape.without_batch().with_batch(rows);
  if (shape.is_known()) return shape;
  throw ValueError("A Predictor expects a model whose input has a known shape. Model '{}' takes {}.", model.name(),
                   shape);
}

std::unique_ptr<StepPlan> plan_of(models::ModelImpl& model, const Shape& input) {
  training::Samples samples;
  samples.x = {at::zeros(input, at::kFloat)};
  try {
    return std::make_unique<StepPlan>(model, nullptr, StepPlan::Purpose::Predict, 1.0, samples, input[0]);
  } catch (const training::CanNotPlan& why) {
    throw ValueError("A Predictor can not be made of model '{}': {}. Use `model.predict`.", model.name(), why.reason);
  }
}

}  // namespace

struct Predictor::Parts {
  std::shared_ptr<models::ModelImpl> model;
  Shape input;
  std::unique_ptr<StepPlan> plan;
  Shape output;
};

Predictor::Predictor(const Model& model, int64_t rows) {
  auto impl = impl_of(model);
  const Shape input = input_shape_of(*impl, rows);
  auto plan = plan_of(*impl, input);
  const auto sizes = plan->predictions().front().sizes();
  parts_ = std::make_unique<Parts>(Parts{impl, input, std::move(plan), Shape(sizes.begin(), sizes.end())});
}

Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&& other) noexcept = default;
Predictor& Predictor::operator=(Predictor&& other) noexcept = default;

const Shape& Predictor::input_shape() const { return parts_->input; }
const Shape& Predictor::output_shape() const { return parts_->output; }

std::span<const float> Predictor::operator()(std::span<const float> inputs) {
  auto& [model, input, plan, output] = *parts_;
  const at::Tensor& x = plan->batch().x.front();
  if (static_cast<int64_t>(inputs.size()) != x.numel()) {
    throw ValueError("The Predictor of model '{}' expects {} values, for an input of shape {}. Received: {} values.",
                     model->name(), x.numel(), input, inputs.size());
  }
  // Somebody moved the weights since: the memory is laid out anew.
  if (!plan->is_valid()) plan = plan_of(*model, input);
  std::copy(inputs.begin(), inputs.end(), plan->batch().x.front().data_ptr<float>());
  plan->run();
  const at::Tensor& prediction = plan->predictions().front();
  return {prediction.data_ptr<float>(), static_cast<size_t>(prediction.numel())};
}

}  // namespace keraslike
