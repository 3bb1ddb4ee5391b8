#pragma once

// For sources.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/training/step_plan.h"

namespace keraslike::training {

// The planned steps of a model, one for each purpose and shape of batch, made when they are first asked for.
class Plans {
 public:
  // As `compile` was told: "auto" plans where it can, `true` throws where it can not, `false` never plans.
  Plans(std::optional<bool> jit_compile, bool run_eagerly)
      : required_(jit_compile.value_or(false) && !run_eagerly), off_(run_eagerly || !jit_compile.value_or(true)) {}

  // Null where the step must run on autograd. `loss_scale` is empty where it changes from step to step.
  StepPlan* find(Network& network, const Compiled* compiled, StepPlan::Purpose purpose,
                 std::optional<double> loss_scale, const Samples& samples, int64_t rows);

  // A plan that predicts so many rows, for the caller alone until it gives it back; null where that must run on
  // autograd. Several threads may take plans at once.
  std::unique_ptr<StepPlan> take(Network& network, const Samples& samples, int64_t rows);
  void give_back(std::unique_ptr<StepPlan> plan);

  // Forgets plans of layers that the network no longer has, or that it trains differently or on another device. Asked
  // once an epoch: what happens to weights is seen at each step.
  void follow(const Network& network);

  // Somebody kept a tensor that a plan would overwrite, a metric of the user's perhaps: no more plans.
  void give_up();

  // Why steps run on autograd; empty where they are planned, or none was asked for yet.
  std::string reason() const;

 private:
  struct Layout {
    std::vector<const layers::LayerImpl*> layers;
    std::vector<bool> trainable;
    at::Device device = at::kCPU;
    bool operator==(const Layout&) const = default;
  };
  static Layout layout_of(const Network& network);

  // The place of a plan that is ready to run; the end where there is none.
  using Place = std::vector<std::unique_ptr<StepPlan>>::iterator;
  Place place(Network& network, const Compiled* compiled, StepPlan::Purpose purpose, std::optional<double> loss_scale,
              const Samples& samples, int64_t rows);

  // The end, for the reason that is known; throws where a plan is required.
  Place without_plan(const Network& network);

  std::mutex mutex_;  // of `take`, `give_back` and `follow`
  bool required_;
  bool off_;
  std::string reason_;
  Layout layout_;
  std::vector<std::unique_ptr<StepPlan>> plans_;
};

}  // namespace keraslike::training
