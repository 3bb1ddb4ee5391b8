#include "keraslike/optimizers/schedule_free_adamw.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/sqrt.h>

#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

class ScheduleFreeAdamWImpl final : public TorchOptimizer<> {
 public:
  explicit ScheduleFreeAdamWImpl(ScheduleFreeAdamWOptions options = {})
      : TorchOptimizer("ScheduleFreeAdamW", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_1", own_.beta_1);
    field("beta_2", own_.beta_2);
    field("epsilon", own_.epsilon);
    field("warmup_steps", own_.warmup_steps);
  }

  // Keras' name for the sequence that updates go to, which begins at the weight.
  void build_slots() override {
    for (size_t i = 0; i < weights().size(); ++i) {
      const layers::Weight& weight = *weights()[i];
      layers::Weight fast = like(weight, {"momentum"});
      fast.tensor.copy_(weight.tensor);
      add_slot(i, std::move(fast));
      add_slot(i, like(weight, {"velocity"}));
    }
  }

  // In Keras' order of operations.
  void update(const Step& step, const Update& of) override {
    const Scalars s = scalars_of(step, of.value());
    const at::Tensor& fast = of.slot(0);
    const at::Tensor& velocity = of.slot(1);
    velocity.add_((of.gradient * of.gradient - velocity) * s.rest_2);
    const at::Tensor size = at::sqrt(velocity / s.correction).add_(own_.epsilon);
    const at::Tensor average = (of.value() - fast * s.rest_1).div_(s.beta_1);
    fast.sub_((of.gradient * s.rate).div_(size));
    average.mul_(1.0 - s.weight).add_(fast * s.weight);
    of.value().copy_(fast * s.rest_1 + average * s.beta_1);
  }

 private:
  struct Scalars {
    double beta_1;
    double rest_1;  // 1 less beta_1
    double rest_2;
    double rate;
    double correction;  // of the velocity's bias
    double weight;      // of this step in the average
  };

  Scalars scalars_of(const Step& step, const at::Tensor& weight) const {
    Scalars result{};
    in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      const Real now = Real(step.number);
      const Real warmth = own_.warmup_steps > 0 ? std::min(now / Real(own_.warmup_steps), Real(1)) : Real(1);
      result = {.beta_1 = Real(own_.beta_1),
                .rest_1 = 1 - Real(own_.beta_1),
                .rest_2 = 1 - Real(own_.beta_2),
                .rate = Real(step.learning_rate) * warmth,
                .correction = 1 - std::pow(Real(own_.beta_2), now),
                .weight = 1 / now};
      return number;
    });
    return result;
  }

  ScheduleFreeAdamWOptions own_;
};

}  // namespace

ScheduleFreeAdamW::ScheduleFreeAdamW(ScheduleFreeAdamWOptions options)
    : Optimizer(std::make_shared<ScheduleFreeAdamWImpl>(std::move(options))) {}
ScheduleFreeAdamW::ScheduleFreeAdamW(LearningRate learning_rate, ScheduleFreeAdamWOptions options)
    : ScheduleFreeAdamW(with_rate(std::move(options), std::move(learning_rate))) {}

void register_schedule_free_adamw(Registry<OptimizerImpl>& optimizers) {
  optimizers.add<ScheduleFreeAdamWImpl>("ScheduleFreeAdamW");
}

}  // namespace keraslike::optimizers
