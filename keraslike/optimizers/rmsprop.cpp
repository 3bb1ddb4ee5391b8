#include "keraslike/optimizers/rmsprop.h"

#include <ATen/TensorOperators.h>
#include <torch/optim/rmsprop.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

class RMSpropImpl final : public TorchOptimizer<torch::optim::RMSprop, torch::optim::RMSpropOptions> {
 public:
  explicit RMSpropImpl(RMSpropOptions options = {})
      : TorchOptimizer("RMSprop", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("rho", own_.rho);
    field("momentum", own_.momentum);
    field("epsilon", own_.epsilon);
    field("centered", own_.centered);
  }

  std::vector<std::vector<Slot>> slots() const override {
    std::vector<std::vector<Slot>> passes{{{"velocity"}}};
    if (own_.momentum > 0) passes.push_back({{"momentum"}});
    if (own_.centered) passes.push_back({{"average_gradient"}});
    return passes;
  }

  void update(const Step& step, const Update& of) override {
    const fused::RmspropNumbers numbers{own_.rho, own_.momentum, own_.epsilon, step.learning_rate, own_.momentum > 0,
                                        own_.centered};
    if (fused::rmsprop(of, numbers)) return;
    const at::Tensor& velocity = of.slot(0);
    velocity.mul_(own_.rho).add_(of.gradient * of.gradient, 1.0 - own_.rho);
    at::Tensor denominator = velocity + own_.epsilon;
    if (own_.centered) {
      const at::Tensor& average = of.slot(of.slots.size() - 1);
      average.mul_(own_.rho).add_(of.gradient, 1.0 - own_.rho);
      denominator.sub_(average * average);
    }
    denominator.sqrt_();
    if (own_.momentum > 0) {
      const at::Tensor& momentum = of.slot(1);
      of.value().sub_(momentum.mul_(own_.momentum).addcdiv_(of.gradient, denominator, step.learning_rate));
    } else {
      of.value().addcdiv_(of.gradient, denominator, -step.learning_rate);
    }
  }

  void show(torch::optim::RMSpropOptions& options) const override {
    options.alpha(own_.rho).eps(own_.epsilon).momentum(own_.momentum).centered(own_.centered);
  }
  void adopt(const torch::optim::RMSpropOptions& options) override {
    own_.rho = options.alpha();
    own_.epsilon = options.eps();
    if ((options.momentum() > 0) == (own_.momentum > 0)) own_.momentum = options.momentum();
  }

 private:
  RMSpropOptions own_;
};

}  // namespace

RMSprop::RMSprop(RMSpropOptions options) : Optimizer(std::make_shared<RMSpropImpl>(std::move(options))) {}

RMSprop::RMSprop(LearningRate learning_rate, RMSpropOptions options)
    : RMSprop(with_rate(std::move(options), std::move(learning_rate))) {}

void register_rmsprop(Registry<OptimizerImpl>& optimizers) { optimizers.add<RMSpropImpl>("RMSprop"); }

}  // namespace keraslike::optimizers
