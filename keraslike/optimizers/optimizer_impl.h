#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/weight.h"
#include "keraslike/optimizers/optimizer.h"
#include "keraslike/saving/configured.h"

namespace torch::serialize {
class InputArchive;
class OutputArchive;
}  // namespace torch::serialize

namespace keraslike::optimizers {

// The options that all optimizers share; each family's options struct repeats them after its own.
struct CommonOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::string name = {};
};

template <class Options>
CommonOptions common_options(const Options& from) {
  return {from.learning_rate,
          from.weight_decay,
          from.clipnorm,
          from.clipvalue,
          from.global_clipnorm,
          from.use_ema,
          from.ema_momentum,
          from.ema_overwrite_frequency,
          from.loss_scale_factor,
          from.gradient_accumulation_steps,
          from.name};
}

// For `Adam(1e-3, {...})`.
template <class Options>
Options with_rate(Options options, LearningRate learning_rate) {
  options.learning_rate = std::move(learning_rate);
  return options;
}

struct Step {
  int64_t number;        // 1 for the first update; steps that only accumulate do not count
  double learning_rate;
};

// One weight and what its rule needs. All tensors have the weight's LibTorch layout.
struct Update {
  const layers::Weight& weight;
  const at::Tensor& gradient;
  const std::vector<layers::WeightPtr>& slots;  // in the order of `slots()`

  const at::Tensor& value() const { return weight.tensor; }
  const at::Tensor& slot(size_t i) const { return slots[i]->tensor; }
};

// State that an optimizer keeps for each weight, of the weight's shape.
struct Slot {
  std::string name;
  double initial_value = 0.0;
};

// What every optimizer shares: iterations, learning rate or schedule, clipping, weight decay, moving averages and
// gradient accumulation (keras/src/optimizers/base_optimizer.py). A subclass is its slots and its rule; it derives from
// `TorchOptimizer` (torch_optimizer.h), which makes it a LibTorch optimizer.
class OptimizerImpl : public saving::Configured {
 public:
  OptimizerImpl(const char* class_name, CommonOptions options);
  OptimizerImpl(const OptimizerImpl&) = delete;
  OptimizerImpl& operator=(const OptimizerImpl&) = delete;

  void fields(Fields& field) override;

  const std::string& name() const { return options_.name; }
  virtual double learning_rate();
  virtual void set_learning_rate(LearningRate learning_rate);
  virtual int64_t iterations() const;
  virtual void exclude_from_weight_decay(const std::vector<std::string>& names);

  // Takes the weights to train and makes the slots; once. Later calls only check that the weights are known.
  virtual void build(const std::vector<layers::WeightPtr>& weights);
  bool built() const { return built_; }

  // One step from one gradient per weight, in the order of `build`; an undefined tensor where there is none.
  void apply(const std::vector<at::Tensor>& gradients);

  // The same for some of the weights, or to build with them on the first call, as in Keras.
  virtual void apply(const std::vector<at::Tensor>& gradients, const std::vector<layers::WeightPtr>& weights);

  // Ends training: with `use_ema`, the weights become their averages.
  virtual void finalize_weights();

  // With `use_ema`: exchanges the weights and their averages, or makes the averages what the weights are. Throw ValueError
  // where there are no averages.
  virtual void swap_averages();
  virtual void set_averages_to_weights();
  bool uses_averages() const { return options_.use_ema; }

  // The loss times `loss_scale_factor`, by which `apply` divides the gradients.
  virtual at::Tensor scale_loss(const at::Tensor& loss) const;
  virtual void set_loss_scale_factor(std::optional<double> factor) { options_.loss_scale_factor = factor; }

  // By how much, where it is the same at each step.
  virtual std::optional<double> loss_scale() const { return options_.loss_scale_factor.value_or(1.0); }

  // The one that a LossScaleOptimizer wraps.
  virtual std::optional<Optimizer> inner_optimizer() const { return std::nullopt; }

  // Those that a MultiOptimizer shares its weights among; others have none.
  virtual std::vector<Optimizer> optimizers() const { return {}; }

  // The state in Keras' saved order: iteration, learning_rate, averages, accumulators, slots.
  virtual std::vector<layers::WeightPtr> variables() const;

  virtual torch::optim::Optimizer& torch() = 0;

 protected:
  // The slots of a weight, in passes: those of one pass lie side by side for each weight, as Keras saves them.
  virtual std::vector<std::vector<Slot>> slots() const { return {}; }

  // Makes the slots of all weights; to be overridden where they are not of the weights' shape.
  virtual void build_slots();

  // By how much of the learning rate a weight shrinks in each step.
  virtual std::optional<double> weight_decay_of(const layers::Weight&) const { return options_.weight_decay; }

  // Called once before the weights of a step are updated.
  virtual void begin_step(const Step&) {}

  // The rule: changes the weight and its slots in place.
  virtual void update(const Step& step, const Update& of) = 0;

  // The subclass' arguments, after the common ones; and what Keras requires of them.
  virtual void own_fields(Fields&) {}
  virtual void check() const {}

  // To be called at the end of a subclass' constructor.
  void ready();

  // Adds a variable to the saved state, and one of weight `index` to the slots that its rule sees.
  layers::WeightPtr add_variable(layers::Weight variable);
  void add_slot(size_t index, layers::Weight variable);
  layers::Weight like(const layers::Weight& weight, const Slot& slot) const;

  const std::vector<layers::WeightPtr>& weights() const { return weights_; }
  const CommonOptions& options() const { return options_; }
  void set_weight_decay(double weight_decay);

  // Of a weight among those of `build`; throws ValueError for another. `likely` is looked at first.
  size_t index_of(const layers::Weight& weight, size_t likely) const;
  void set_name(std::string name) { options_.name = std::move(name); }
  int32_t& raw_iterations() const;  // steps, of which some may only accumulate


  // LibTorch's side, which `TorchOptimizer` implements: takes over the options that a user changed there, and shows
  // those in use.
  virtual void follow_torch() = 0;
  virtual void show_torch(double learning_rate) = 0;
  void assign_learning_rate(LearningRate learning_rate);
  double current_learning_rate() const;
  at::Tensor step_torch(const std::function<at::Tensor()>& closure);
  void save_torch(torch::serialize::OutputArchive& archive) const;
  void load_torch(torch::serialize::InputArchive& archive);

 private:
  struct Gradient {
    size_t index;
    at::Tensor tensor;
  };

  void make_scalars();
  void refresh_torch();
  void check_common();

  void adopt_parameters();
  std::vector<at::Tensor> torch_parameters();
  std::vector<layers::WeightPtr> weights_from_torch();

  std::vector<Gradient> defined(const std::vector<at::Tensor>& gradients,
                                const std::vector<layers::WeightPtr>& weights);
  void warn_of_missing(const std::vector<std::string>& paths);
  bool accumulate(std::vector<Gradient>& gradients) const;
  void clip(std::vector<Gradient>& gradients) const;
  void decay(const std::vector<Gradient>& gradients, double learning_rate) const;
  void update_weights(std::vector<Gradient>& gradients);
  void update_averages() const;
  void overwrite_with_averages() const;
  void require_averages() const;
  void constrain(const std::vector<Gradient>& gradients) const;
  void follow_weights();

  CommonOptions options_;
  layers::WeightPtr iteration_;
  layers::WeightPtr rate_;
  std::vector<layers::WeightPtr> weights_;
  std::vector<layers::WeightPtr> averages_;
  std::vector<layers::WeightPtr> accumulators_;
  std::vector<layers::WeightPtr> state_;
  std::vector<std::vector<layers::WeightPtr>> slots_;  // by weight
  std::vector<std::string> excluded_names_;
  std::vector<bool> decays_;  // by weight
  at::Device device_ = at::kCPU;  // of the weights when the step before was made
  bool built_ = false;
  bool warned_ = false;
};

}  // namespace keraslike::optimizers
