#include "keraslike/optimizers/loss_scale_optimizer.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/scalar_tensor.h>

#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

using layers::WeightPtr;
using Inner = keraslike::Optimizer;  // LibTorch's class of this name is a base of what follows

// Its own iteration and learning rate are there as in Keras, and stay 0.
class LossScaleOptimizerImpl final : public TorchOptimizer<> {
 public:
  // For a config to fill.
  LossScaleOptimizerImpl() : TorchOptimizer("LossScaleOptimizer", {.learning_rate = 0.0}) { ready(); }
  LossScaleOptimizerImpl(NameOr<Inner> inner, LossScaleOptimizerOptions options)
      : TorchOptimizer("LossScaleOptimizer", {.learning_rate = 0.0, .name = options.name}),
        inner_(std::move(inner)),
        options_(std::move(options)) {
    settle();
    ready();
  }

  void fields(Fields& field) override {
    std::string own_name = name();
    field("name", own_name);
    field("inner_optimizer", inner_);
    field("initial_scale", options_.initial_scale);
    field("dynamic_growth_steps", options_.dynamic_growth_steps);
    if (!field.is_reading()) return;
    set_name(std::move(own_name));
    settle();
  }

  double learning_rate() override { return inner().learning_rate(); }
  void set_learning_rate(LearningRate learning_rate) override { inner().set_learning_rate(std::move(learning_rate)); }
  int64_t iterations() const override { return inner().iterations(); }
  void exclude_from_weight_decay(const std::vector<std::string>& names) override {
    inner().exclude_from_weight_decay(names);
  }
  void finalize_weights() override { inner().finalize_weights(); }
  void swap_averages() override { inner().swap_averages(); }
  void set_averages_to_weights() override { inner().set_averages_to_weights(); }

  void build(const std::vector<WeightPtr>& weights) override {
    if (!built()) {
      steps_ = add_variable(scalar("step_counter", at::scalar_tensor(0, at::kInt)));
      scale_ = add_variable(scalar("dynamic_scale", at::scalar_tensor(options_.initial_scale, at::kFloat)));
    }
    inner().build(weights);
    TorchOptimizer::build(weights);
  }

  using TorchOptimizer::apply;

  void apply(const std::vector<at::Tensor>& gradients, const std::vector<WeightPtr>& weights) override {
    const at::NoGradGuard no_grad;
    if (!built()) build(weights);
    if (!std::all_of(gradients.begin(), gradients.end(), is_finite)) return skip();
    std::vector<at::Tensor> unscaled;
    for (const at::Tensor& gradient : gradients) {
      unscaled.push_back(gradient.defined() ? gradient / static_cast<double>(scale()) : gradient);
    }
    inner().apply(unscaled, weights);
    count();
  }

  at::Tensor scale_loss(const at::Tensor& loss) const override {
    return loss * (built() ? static_cast<double>(scale()) : options_.initial_scale);
  }
  std::optional<double> loss_scale() const override { return std::nullopt; }

  std::vector<WeightPtr> variables() const override {
    std::vector<WeightPtr> all = TorchOptimizer::variables();
    for (auto& variable : inner().variables()) all.push_back(std::move(variable));
    return all;
  }
  std::optional<Inner> inner_optimizer() const override { return *inner_; }

 protected:
  // The rule is the inner optimizer's.
  void update(const Step&, const Update&) override {}

 private:
  void settle() {
    if (!inner_) throw ValueError("LossScaleOptimizer expects an `inner_optimizer`. Received: none");
    inner_.resolve();
    inner().set_loss_scale_factor({});  // or gradients would be scaled twice
  }

  OptimizerImpl& inner() const { return **inner_; }

  layers::Weight scalar(const char* variable, const at::Tensor& value) const {
    return {.name = variable, .path = name() + "/" + variable, .tensor = value, .trainable = false};
  }

  static bool is_finite(const at::Tensor& gradient) {
    if (!gradient.defined()) return true;
    const at::Tensor values = gradient.is_sparse() ? gradient._values() : gradient;
    return at::isfinite(values).all().item<bool>();
  }

  float& scale() const { return *scale_->tensor.data_ptr<float>(); }
  int32_t& steps() const { return *steps_->tensor.data_ptr<int32_t>(); }

  void skip() {
    steps() = 0;
    scale() *= 0.5F;
  }

  void count() {
    if (steps() != options_.dynamic_growth_steps - 1) {
      ++steps();
      return;
    }
    steps() = 0;
    scale() *= 2.0F;
  }

  NameOr<Inner> inner_ = none;
  LossScaleOptimizerOptions options_;
  WeightPtr steps_;
  WeightPtr scale_;
};

}  // namespace

LossScaleOptimizer::LossScaleOptimizer(NameOr<Optimizer> inner_optimizer, LossScaleOptimizerOptions options)
    : Optimizer(std::make_shared<LossScaleOptimizerImpl>(std::move(inner_optimizer), std::move(options))) {}

void register_loss_scale_optimizer(Registry<OptimizerImpl>& optimizers) {
  optimizers.add<LossScaleOptimizerImpl>("LossScaleOptimizer");
}

}  // namespace keraslike::optimizers
