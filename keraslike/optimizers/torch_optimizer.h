#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <torch/optim/optimizer.h>

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/errors.h"

namespace keraslike::optimizers {

// LibTorch's view of an optimizer that LibTorch does not have.
struct TorchOptions : torch::optim::OptimizerCloneableOptions<TorchOptions> {
  explicit TorchOptions(double lr) : lr_(lr) {}

  double lr() const { return lr_; }
  void lr(double lr) { lr_ = lr; }
  double weight_decay() const { return weight_decay_; }
  void weight_decay(double weight_decay) { weight_decay_ = weight_decay; }
  double get_lr() const override { return lr_; }
  void set_lr(const double lr) override { lr_ = lr; }
  friend bool operator==(const TorchOptions& a, const TorchOptions& b) {
    return a.lr_ == b.lr_ && a.weight_decay_ == b.weight_decay_;
  }

 private:
  double lr_;
  double weight_decay_ = 0.0;
};

class TorchBase : public torch::optim::Optimizer {
 public:
  TorchBase(std::vector<at::Tensor> parameters, const TorchOptions& options)
      : Optimizer(std::move(parameters), std::make_unique<TorchOptions>(options)) {}
};

// Makes a Keras optimizer a LibTorch one. `Base` is LibTorch's class of that name where there is one, and `BaseOptions`
// its options: they show Keras' values, and what a LibTorch user changes there the next step uses.
template <class Base = TorchBase, class BaseOptions = TorchOptions>
class TorchOptimizer : public OptimizerImpl, public Base {
 public:
  torch::optim::Optimizer& torch() final { return *this; }
  at::Tensor step(typename Base::LossClosure closure = nullptr) final { return this->step_torch(closure); }
  void save(torch::serialize::OutputArchive& archive) const final { this->save_torch(archive); }
  void load(torch::serialize::InputArchive& archive) final { this->load_torch(archive); }

 protected:
  TorchOptimizer(const char* class_name, CommonOptions options)
      : OptimizerImpl(class_name, std::move(options)), Base(std::vector<at::Tensor>{}, BaseOptions(0.0)) {}

  // The subclass' own values under LibTorch's names, and back. `lr` and `weight_decay` are not among them.
  virtual void show(BaseOptions&) const {}
  virtual void adopt(const BaseOptions&) {}

 private:
  void follow_torch() final {
    const auto& first = static_cast<const BaseOptions&>(this->param_groups().at(0).options());
    for (const auto& group : this->param_groups()) {
      if (static_cast<const BaseOptions&>(group.options()) == first) continue;
      throw ValueError(
          "{} has the same options for all its parameters, as in Keras. Received parameter groups with different "
          "options; "
          "use one optimizer for each.",
          this->name());
    }
    const BaseOptions wanted = first == shown_ ? static_cast<const BaseOptions&>(this->defaults()) : first;
    if (wanted == shown_) return;
    take(wanted);
  }

  void take(BaseOptions wanted) {
    const bool has_new_rate = wanted.lr() != shown_.lr();
    if (has_new_rate) this->assign_learning_rate(wanted.lr());
    if (wanted.weight_decay() != shown_.weight_decay()) this->set_weight_decay(wanted.weight_decay());
    adopt(wanted);
    this->show_torch(has_new_rate ? this->current_learning_rate() : shown_.lr());
    wanted.lr(shown_.lr());
    if (wanted == shown_) return;
    throw ValueError(
        "{} can not follow an option that was changed through LibTorch. It follows `lr`, `weight_decay` and the "
        "numbers of its rule; what else there is, is chosen when it is constructed.",
        this->name());
  }

  void show_torch(double learning_rate) final {
    shown_.lr(learning_rate);
    shown_.weight_decay(this->options().weight_decay.value_or(0.0));
    show(shown_);
    for (auto& group : this->param_groups()) static_cast<BaseOptions&>(group.options()) = shown_;
    static_cast<BaseOptions&>(this->defaults()) = shown_;
  }

  BaseOptions shown_{0.0};
};

}  // namespace keraslike::optimizers
