#include "keraslike/optimizers/adam.h"

#include <cmath>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sqrt.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

// Adam and AdamW, whose options differ in the default of `weight_decay`.
template <class Options, class Base, class BaseOptions>
class AdamRule : public TorchOptimizer<Base, BaseOptions> {
 protected:
  AdamRule(const char* class_name, Options options)
      : TorchOptimizer<Base, BaseOptions>(class_name, common_options(options)), own_(std::move(options)) {}

  void own_fields(Fields& field) final {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
    field("epsilon", own_.epsilon);
    field("amsgrad", own_.amsgrad);
  }

  std::vector<std::vector<Slot>> slots() const final {
    if (own_.amsgrad) return {{{"momentum"}, {"velocity"}}, {{"velocity_hat"}}};
    return {{{"momentum"}, {"velocity"}}};
  }

  void update(const Step& step, const Update& of) final {
    const double bias_corrected = rate(step, of.value());
    if (fused::adam(of, {own_.beta_1, own_.beta_2, own_.epsilon, bias_corrected, own_.amsgrad})) return;
    const at::Tensor& momentum = of.slot(0);
    at::Tensor velocity = of.slot(1);
    momentum.mul_(own_.beta_1).add_(of.gradient, 1.0 - own_.beta_1);
    velocity.mul_(own_.beta_2).add_(of.gradient * of.gradient, 1.0 - own_.beta_2);
    if (own_.amsgrad) velocity = at::maximum_out(of.slots[2]->tensor, of.slot(2), velocity);
    of.value().addcdiv_(momentum, at::sqrt(velocity).add_(own_.epsilon), -bias_corrected);
  }

  void show(BaseOptions& options) const final {
    options.betas({own_.beta_1, own_.beta_2}).eps(own_.epsilon).amsgrad(own_.amsgrad);
  }
  void adopt(const BaseOptions& options) final {
    std::tie(own_.beta_1, own_.beta_2) = options.betas();
    own_.epsilon = options.eps();
  }

 private:
  // The learning rate with both bias corrections.
  double rate(const Step& step, const at::Tensor& weight) const {
    return in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      const auto beta_1_power = std::pow(Real(own_.beta_1), Real(step.number));
      const auto beta_2_power = std::pow(Real(own_.beta_2), Real(step.number));
      return Real(step.learning_rate) * std::sqrt(1 - beta_2_power) / (1 - beta_1_power);
    });
  }

  Options own_;
};

class AdamImpl final : public AdamRule<AdamOptions, torch::optim::Adam, torch::optim::AdamOptions> {
 public:
  explicit AdamImpl(AdamOptions options = {}) : AdamRule("Adam", std::move(options)) { ready(); }
};

class AdamWImpl final : public AdamRule<AdamWOptions, torch::optim::AdamW, torch::optim::AdamWOptions> {
 public:
  explicit AdamWImpl(AdamWOptions options = {}) : AdamRule("AdamW", std::move(options)) { ready(); }

 private:
  void check() const override {
    if (!options().weight_decay) {
      throw ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None");
    }
  }
};

class AdamaxImpl final : public TorchOptimizer<> {
 public:
  explicit AdamaxImpl(AdamaxOptions options = {})
      : TorchOptimizer("Adamax", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
    field("epsilon", own_.epsilon);
  }

  std::vector<std::vector<Slot>> slots() const override { return {{{"momentum"}, {"norm"}}}; }

  void update(const Step& step, const Update& of) override {
    const double correction = in_precision_of(of.value(), [&](auto number) {
      using Real = decltype(number);
      return 1 - std::pow(Real(own_.beta_1), Real(step.number));
    });
    if (fused::adamax(of, {own_.beta_1, own_.beta_2, own_.epsilon, correction, step.learning_rate})) return;
    const at::Tensor& momentum = of.slot(0);
    at::Tensor norm = of.slot(1);
    momentum.mul_(own_.beta_1).add_(of.gradient, 1.0 - own_.beta_1);
    at::maximum_out(norm, norm.mul_(own_.beta_2), at::abs(of.gradient));
    of.value().addcdiv_(momentum, (norm + own_.epsilon).mul_(correction), -step.learning_rate);
  }

 private:
  AdamaxOptions own_;
};

class NadamImpl final : public TorchOptimizer<> {
 public:
  explicit NadamImpl(NadamOptions options = {})
      : TorchOptimizer("Nadam", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
    field("epsilon", own_.epsilon);
  }

  std::vector<std::vector<Slot>> slots() const override { return {{{"momentum"}, {"velocity"}}}; }

  // The product of all momentum factors so far comes last in the saved state, without a name.
  void build_slots() override {
    TorchOptimizer::build_slots();
    const auto dtype = weights().empty() ? at::kFloat : weights()[0]->tensor.scalar_type();
    product_ = add_variable(
        {.name = "variable", .path = "variable", .tensor = at::scalar_tensor(1.0, dtype), .trainable = false});
  }

  void begin_step(const Step& step) override {
    product_->tensor.fill_(in_precision_of(product_->tensor, [&](auto number) {
      using Real = decltype(number);
      return Real(product()) * factor<Real>(step.number);
    }));
  }

  void update(const Step& step, const Update& of) override {
    const fused::NadamNumbers n = numbers(step, of.value());
    if (fused::nadam(of, n)) return;
    const at::Tensor& momentum = of.slot(0);
    const at::Tensor& velocity = of.slot(1);
    momentum.mul_(own_.beta_1).add_(of.gradient, 1.0 - own_.beta_1);
    velocity.mul_(own_.beta_2).add_(of.gradient * of.gradient, 1.0 - own_.beta_2);
    const at::Tensor change = momentum * n.next / n.next_product_rest;
    change.add_(of.gradient * n.now_rest / n.product_rest).mul_(n.rate);
    of.value().sub_(change / at::sqrt(velocity / n.square_correction).add_(own_.epsilon));
  }

 private:
  fused::NadamNumbers numbers(const Step& step, const at::Tensor& weight) const {
    fused::NadamNumbers n{own_.beta_1, own_.beta_2, own_.epsilon, step.learning_rate, 0, 0, 0, 0, 0};
    in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      const Real next = factor<Real>(step.number + 1);
      n.next = next;
      n.next_product_rest = 1 - Real(product()) * next;
      n.now_rest = 1 - factor<Real>(step.number);
      n.product_rest = 1 - Real(product());
      n.square_correction = 1 - std::pow(Real(own_.beta_2), Real(step.number));
      return Real(0);
    });
    return n;
  }

  // The momentum of a step, which grows towards beta_1.
  template <class Real>
  Real factor(int64_t step) const {
    return Real(own_.beta_1) * (1 - Real(0.5) * std::pow(Real(0.96), Real(step)));
  }
  double product() const { return product_->tensor.item<double>(); }

  NadamOptions own_;
  layers::WeightPtr product_;
};

}  // namespace

Adam::Adam(AdamOptions options) : Optimizer(std::make_shared<AdamImpl>(std::move(options))) {}
Adam::Adam(LearningRate learning_rate, AdamOptions options)
    : Adam(with_rate(std::move(options), std::move(learning_rate))) {}

AdamW::AdamW(AdamWOptions options) : Optimizer(std::make_shared<AdamWImpl>(std::move(options))) {}
AdamW::AdamW(LearningRate learning_rate, AdamWOptions options)
    : AdamW(with_rate(std::move(options), std::move(learning_rate))) {}

Adamax::Adamax(AdamaxOptions options) : Optimizer(std::make_shared<AdamaxImpl>(std::move(options))) {}
Adamax::Adamax(LearningRate learning_rate, AdamaxOptions options)
    : Adamax(with_rate(std::move(options), std::move(learning_rate))) {}

Nadam::Nadam(NadamOptions options) : Optimizer(std::make_shared<NadamImpl>(std::move(options))) {}
Nadam::Nadam(LearningRate learning_rate, NadamOptions options)
    : Nadam(with_rate(std::move(options), std::move(learning_rate))) {}

void register_adam(Registry<OptimizerImpl>& optimizers) {
  optimizers.add<AdamImpl>("Adam");
  optimizers.add<AdamWImpl>("AdamW");
  optimizers.add<AdamaxImpl>("Adamax");
  optimizers.add<NadamImpl>("Nadam");
}

}  // namespace keraslike::optimizers
