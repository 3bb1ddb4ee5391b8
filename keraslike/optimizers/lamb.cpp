#include "keraslike/optimizers/lamb.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/where.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

at::Tensor euclidean_norm(const at::Tensor& tensor) { return at::sqrt(at::sum(at::square(tensor))); }

class LambImpl final : public TorchOptimizer<> {
 public:
  explicit LambImpl(LambOptions options = {})
      : TorchOptimizer("Lamb", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
    field("epsilon", own_.epsilon);
  }

  std::vector<std::vector<Slot>> slots() const override { return {{{"momentum"}, {"velocity"}}}; }

  void update(const Step& step, const Update& of) override {
    const at::Tensor& weight = of.value();
    const double correction_1 = correction(own_.beta_1, step, weight);
    const double correction_2 = correction(own_.beta_2, step, weight);
    if (fused::lamb(of, {own_.beta_1, own_.beta_2, own_.epsilon, correction_1, correction_2, step.learning_rate})) {
      return;
    }
    const at::Tensor& momentum = of.slot(0);
    const at::Tensor& velocity = of.slot(1);
    momentum.add_((of.gradient - momentum).mul_(1.0 - own_.beta_1));
    velocity.add_((at::square(of.gradient) - velocity).mul_(1.0 - own_.beta_2));
    const at::Tensor root = (velocity / correction_2).sqrt_().add_(own_.epsilon);
    const at::Tensor change = (momentum / correction_1).div_(root);
    const at::Tensor length = euclidean_norm(weight);
    const at::Tensor change_length = euclidean_norm(change);
    const at::Tensor ratio =
        at::where((length > 0).logical_and(change_length > 0), length / change_length, at::ones_like(length));
    weight.sub_(ratio * step.learning_rate * change);
  }

 private:
  static double correction(double beta, const Step& step, const at::Tensor& weight) {
    return in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      return 1 - std::pow(Real(beta), Real(step.number));
    });
  }

  LambOptions own_;
};

}  // namespace

Lamb::Lamb(LambOptions options) : Optimizer(std::make_shared<LambImpl>(std::move(options))) {}
Lamb::Lamb(LearningRate learning_rate, LambOptions options)
    : Lamb(with_rate(std::move(options), std::move(learning_rate))) {}

// Keras knows the class but not the name "lamb".
void register_lamb(Registry<OptimizerImpl>& optimizers) { optimizers.add<LambImpl>("Lamb"); }

}  // namespace keraslike::optimizers
