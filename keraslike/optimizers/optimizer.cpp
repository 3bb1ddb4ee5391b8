#include "keraslike/optimizers/optimizer.h"

#include "keraslike/optimizers/optimizer_impl.h"

namespace keraslike {

namespace optimizers {

const std::string& Optimizer::name() const { return impl_->name(); }

double Optimizer::learning_rate() const { return impl_->learning_rate(); }

void Optimizer::set_learning_rate(LearningRate learning_rate) const {
  impl_->set_learning_rate(std::move(learning_rate));
}

std::vector<Optimizer> Optimizer::optimizers() const { return impl_->optimizers(); }

int64_t Optimizer::iterations() const { return impl_->iterations(); }

void Optimizer::exclude_from_weight_decay(const std::vector<std::string>& names) const {
  impl_->exclude_from_weight_decay(names);
}

torch::optim::Optimizer& Optimizer::torch() const { return impl_->torch(); }

// Each at the end of its family's source.
void register_sgd(Registry<OptimizerImpl>& optimizers);
void register_adam(Registry<OptimizerImpl>& optimizers);
void register_rmsprop(Registry<OptimizerImpl>& optimizers);
void register_adagrad(Registry<OptimizerImpl>& optimizers);
void register_ftrl(Registry<OptimizerImpl>& optimizers);
void register_lion(Registry<OptimizerImpl>& optimizers);
void register_lamb(Registry<OptimizerImpl>& optimizers);
void register_adafactor(Registry<OptimizerImpl>& optimizers);
void register_loss_scale_optimizer(Registry<OptimizerImpl>& optimizers);
void register_multi_optimizer(Registry<OptimizerImpl>& optimizers);
void register_muon(Registry<OptimizerImpl>& optimizers);
void register_schedule_free_adamw(Registry<OptimizerImpl>& optimizers);

}  // namespace optimizers

template <>
Registry<optimizers::OptimizerImpl>& registry() {
  using Optimizers = Registry<optimizers::OptimizerImpl>;
  static Optimizers instance = [] {
    Optimizers all("optimizer", "keras.optimizers", Optimizers::Letters::Lowered);
    optimizers::register_sgd(all);
    optimizers::register_adam(all);
    optimizers::register_rmsprop(all);
    optimizers::register_adagrad(all);
    optimizers::register_ftrl(all);
    optimizers::register_lion(all);
    optimizers::register_lamb(all);
    optimizers::register_adafactor(all);
    optimizers::register_loss_scale_optimizer(all);
    optimizers::register_multi_optimizer(all);
    optimizers::register_muon(all);
    optimizers::register_schedule_free_adamw(all);
    return all;
  }();
  return instance;
}

}  // namespace keraslike
