#include "keraslike/optimizers/ftrl.h"

#include <string_view>

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/pow.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

void check_not_negative(std::string_view name, double value) {
  if (value < 0) throw ValueError("`{0}` needs to be positive or zero. Received: {0}={1}.", name, value);
}

class FtrlImpl final : public TorchOptimizer<> {
 public:
  explicit FtrlImpl(FtrlOptions options = {})
      : TorchOptimizer("Ftrl", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("learning_rate_power", own_.learning_rate_power);
    field("initial_accumulator_value", own_.initial_accumulator_value);
    field("l1_regularization_strength", own_.l1_regularization_strength);
    field("l2_regularization_strength", own_.l2_regularization_strength);
    field("l2_shrinkage_regularization_strength", own_.l2_shrinkage_regularization_strength);
    field("beta", own_.beta);
  }

  void check() const override {
    check_not_negative("initial_accumulator_value", own_.initial_accumulator_value);
    if (own_.learning_rate_power > 0) {
      throw ValueError("`learning_rate_power` needs to be negative or zero. Received: learning_rate_power={}.",
                       own_.learning_rate_power);
    }
    check_not_negative("l1_regularization_strength", own_.l1_regularization_strength);
    check_not_negative("l2_regularization_strength", own_.l2_regularization_strength);
    check_not_negative("l2_shrinkage_regularization_strength", own_.l2_shrinkage_regularization_strength);
  }

  std::vector<std::vector<Slot>> slots() const override {
    return {{{"accumulator", own_.initial_accumulator_value}, {"linear"}}};
  }

  void update(const Step& step, const Update& of) override {
    const at::Tensor& weight = of.value();
    const double shrinkage = 2 * own_.l2_shrinkage_regularization_strength;
    const double l1 = own_.l1_regularization_strength;
    const bool by_roots = own_.learning_rate_power == -0.5;
    if (by_roots && fused::ftrl(of, {shrinkage, l1, l2(step, weight), step.learning_rate})) return;
    const at::Tensor& accumulator = of.slot(0);
    const at::Tensor& linear = of.slot(1);
    const at::Tensor gradient = of.gradient + weight * shrinkage;
    const at::Tensor before = at::pow(accumulator, -own_.learning_rate_power);
    accumulator.add_(of.gradient * of.gradient);
    const at::Tensor after = at::pow(accumulator, -own_.learning_rate_power);
    linear.add_(gradient - (after - before) / step.learning_rate * weight);
    const at::Tensor quadratic = after / step.learning_rate + l2(step, weight);
    weight.copy_((at::clamp(linear, -l1, l1) - linear) / quadratic);
  }

 private:
  double l2(const Step& step, const at::Tensor& weight) const {
    return in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      return 2 * (Real(own_.beta) / (2 * Real(step.learning_rate)) + Real(own_.l2_regularization_strength));
    });
  }

  FtrlOptions own_;
};

}  // namespace

Ftrl::Ftrl(FtrlOptions options) : Optimizer(std::make_shared<FtrlImpl>(std::move(options))) {}
Ftrl::Ftrl(LearningRate learning_rate, FtrlOptions options)
    : Ftrl(with_rate(std::move(options), std::move(learning_rate))) {}

void register_ftrl(Registry<OptimizerImpl>& optimizers) { optimizers.add<FtrlImpl>("Ftrl"); }

}  // namespace keraslike::optimizers
