#include "keraslike/optimizers/lion.h"

#include <ATen/TensorOperators.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

class LionImpl final : public TorchOptimizer<> {
 public:
  explicit LionImpl(LionOptions options = {})
      : TorchOptimizer("Lion", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
  }

  void check() const override {
    if (own_.beta_1 > 0 && own_.beta_1 <= 1) return;
    throw ValueError(
        "Argument `beta_1` must be in the (0, 1] range. Otherwise, the optimizer degenerates to SignSGD. Received: "
        "beta_1={}.",
        own_.beta_1);
  }

  std::vector<std::vector<Slot>> slots() const override { return {{{"momentum"}}}; }

  void update(const Step& step, const Update& of) override {
    if (fused::lion(of, {own_.beta_1, own_.beta_2, step.learning_rate})) return;
    const at::Tensor& momentum = of.slot(0);
    const at::Tensor direction = (momentum * own_.beta_1).add_(of.gradient, 1.0 - own_.beta_1).sign_();
    of.value().add_(direction, -step.learning_rate);
    momentum.mul_(own_.beta_2).add_(of.gradient, 1.0 - own_.beta_2);
  }

 private:
  LionOptions own_;
};

}  // namespace

Lion::Lion(LionOptions options) : Optimizer(std::make_shared<LionImpl>(std::move(options))) {}
Lion::Lion(LearningRate learning_rate, LionOptions options)
    : Lion(with_rate(std::move(options), std::move(learning_rate))) {}

void register_lion(Registry<OptimizerImpl>& optimizers) { optimizers.add<LionImpl>("Lion"); }

}  // namespace keraslike::optimizers
