#include "keraslike/optimizers/sgd.h"

#include <torch/optim/sgd.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

class SGDImpl final : public TorchOptimizer<torch::optim::SGD, torch::optim::SGDOptions> {
 public:
  explicit SGDImpl(SGDOptions options = {})
      : TorchOptimizer("SGD", common_options(options)), momentum_(options.momentum), nesterov_(options.nesterov) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("momentum", momentum_);
    field("nesterov", nesterov_);
  }

  void check() const override {
    if (momentum_ >= 0 && momentum_ <= 1) return;
    throw ValueError("`momentum` must be a float between [0, 1]. Received: momentum={}", momentum_);
  }

  std::vector<std::vector<Slot>> slots() const override {
    if (momentum_ == 0) return {};
    return {{{"momentum"}}};
  }

  void update(const Step& step, const Update& of) override {
    if (fused::sgd(of, {momentum_, step.learning_rate, momentum_ != 0, nesterov_})) return;
    const at::Tensor& weight = of.value();
    if (momentum_ == 0) {
      weight.add_(of.gradient, -step.learning_rate);
      return;
    }
    const at::Tensor& momentum = of.slot(0);
    momentum.mul_(momentum_).add_(of.gradient, -step.learning_rate);
    if (nesterov_) {
      weight.add_(of.gradient, -step.learning_rate).add_(momentum, momentum_);
    } else {
      weight.add_(momentum);
    }
  }

  void show(torch::optim::SGDOptions& options) const override { options.momentum(momentum_).nesterov(nesterov_); }
  void adopt(const torch::optim::SGDOptions& options) override {
    if ((options.momentum() == 0) == (momentum_ == 0)) momentum_ = options.momentum();
  }

 private:
  double momentum_;
  bool nesterov_;
};

}  // namespace

SGD::SGD(SGDOptions options) : Optimizer(std::make_shared<SGDImpl>(std::move(options))) {}

SGD::SGD(LearningRate learning_rate, SGDOptions options)
    : SGD(with_rate(std::move(options), std::move(learning_rate))) {}

void register_sgd(Registry<OptimizerImpl>& optimizers) { optimizers.add<SGDImpl>("SGD"); }

}  // namespace keraslike::optimizers
