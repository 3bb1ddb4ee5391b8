#include "keraslike/optimizers/adagrad.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/sqrt.h>
#include <torch/optim/adagrad.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

class AdagradImpl final : public TorchOptimizer<torch::optim::Adagrad, torch::optim::AdagradOptions> {
 public:
  explicit AdagradImpl(AdagradOptions options = {})
      : TorchOptimizer("Adagrad", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("initial_accumulator_value", own_.initial_accumulator_value);
    field("epsilon", own_.epsilon);
  }

  std::vector<std::vector<Slot>> slots() const override {
    return {{{"accumulator", own_.initial_accumulator_value}}};
  }

  void update(const Step& step, const Update& of) override {
    if (fused::adagrad(of, {own_.epsilon, step.learning_rate})) return;
    const at::Tensor& accumulator = of.slot(0);
    accumulator.add_(of.gradient * of.gradient);
    of.value().addcdiv_(of.gradient, (accumulator + own_.epsilon).sqrt_(), -step.learning_rate);
  }

  void show(torch::optim::AdagradOptions& options) const override {
    options.initial_accumulator_value(own_.initial_accumulator_value).eps(own_.epsilon);
  }
  void adopt(const torch::optim::AdagradOptions& options) override { own_.epsilon = options.eps(); }

 private:
  AdagradOptions own_;
};

class AdadeltaImpl final : public TorchOptimizer<> {
 public:
  explicit AdadeltaImpl(AdadeltaOptions options = {})
      : TorchOptimizer("Adadelta", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("rho", own_.rho);
    field("epsilon", own_.epsilon);
  }

  std::vector<std::vector<Slot>> slots() const override {
    return {{{"accumulated_grad"}, {"accumulated_delta_var"}}};
  }

  void update(const Step& step, const Update& of) override {
    if (fused::adadelta(of, {own_.rho, own_.epsilon, step.learning_rate})) return;
    const at::Tensor& gradients = of.slot(0);
    const at::Tensor& changes = of.slot(1);
    gradients.mul_(own_.rho).add_(of.gradient * of.gradient, 1.0 - own_.rho);
    const at::Tensor change = rms(changes).mul_(of.gradient).div_(rms(gradients)).neg_();
    changes.mul_(own_.rho).add_(change * change, 1.0 - own_.rho);
    of.value().add_(change, step.learning_rate);
  }

 private:
  at::Tensor rms(const at::Tensor& squares) const { return (squares + own_.epsilon).sqrt_(); }

  AdadeltaOptions own_;
};

}  // namespace

Adagrad::Adagrad(AdagradOptions options) : Optimizer(std::make_shared<AdagradImpl>(std::move(options))) {}
Adagrad::Adagrad(LearningRate learning_rate, AdagradOptions options)
    : Adagrad(with_rate(std::move(options), std::move(learning_rate))) {}

Adadelta::Adadelta(AdadeltaOptions options) : Optimizer(std::make_shared<AdadeltaImpl>(std::move(options))) {}
Adadelta::Adadelta(LearningRate learning_rate, AdadeltaOptions options)
    : Adadelta(with_rate(std::move(options), std::move(learning_rate))) {}

void register_adagrad(Registry<OptimizerImpl>& optimizers) {
  optimizers.add<AdagradImpl>("Adagrad");
  optimizers.add<AdadeltaImpl>("Adadelta");
}

}  // namespace keraslike::optimizers
