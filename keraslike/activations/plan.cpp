#include "keraslike/activations/plan.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "keraslike/activations/activation.h"
#include "keraslike/activations/planned.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/kernels.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/shape.h"

namespace keraslike::activations {

namespace {

// The function may keep what it is given, so it gets a copy.
class ByAutograd final : public PlannedActivation {
 public:
  ByAutograd(const ActivationImpl& activation, bool training) : activation_(activation), training_(training) {}

  bool keeps_input() const override { return false; }

  void forward(const at::Tensor& x, at::Tensor& y) override {
    const c10::InferenceMode with_graph(false);
    const at::AutoGradMode grad_mode(training_);
    x_ = x.detach().clone().requires_grad_(training_);
    y_ = activation_.call(x_);
    if (y_.sizes() != y.sizes()) {
      throw ValueError("An activation must keep the shape of what a layer computed. It made {} of {}.",
                       Shape(y_.sizes().begin(), y_.sizes().end()), Shape(x.sizes().begin(), x.sizes().end()));
    }
    y.copy_(y_.detach());
  }

  void backward(const at::Tensor&, const at::Tensor&, const at::Tensor& y_gradient, at::Tensor& x_gradient) override {
    if (!y_.requires_grad()) {
      x_gradient.zero_();
      return;
    }
    const c10::InferenceMode with_graph(false);
    const auto gradients = torch::autograd::grad({y_}, {x_}, {y_gradient}, /*retain_graph=*/false,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    if (gradients.front().defined()) {
      x_gradient.copy_(gradients.front());
    } else {
      x_gradient.zero_();
    }
    x_ = y_ = at::Tensor();
  }

 private:
  const ActivationImpl& activation_;
  bool training_;
  at::Tensor x_;
  at::Tensor y_;
};

// Fewer values than these are not worth a second thread.
constexpr int64_t kValuesPerThread = 32768;

template <class Part>
void in_parts(int64_t count, Part&& part) {
  utils::for_ranges(count, utils::threads_for(count, kValuesPerThread), 64, part);
}

class PlannedLinear final : public PlannedActivation {
 public:
  bool keeps_input() const override { return false; }
  std::optional<Loops> loops() const override { return Loops(); }
  void forward(const at::Tensor& x, at::Tensor& y) override {
    if (!y.is_same(x)) y.copy_(x);
  }
  void backward(const at::Tensor&, const at::Tensor&, const at::Tensor& y_gradient, at::Tensor& x_gradient) override {
    if (!x_gradient.is_same(y_gradient)) x_gradient.copy_(y_gradient);
  }
};

class ByLoops final : public PlannedActivation {
 public:
  explicit ByLoops(const Loops& loops) : loops_(loops) {}

  bool keeps_input() const override { return false; }
  std::optional<Loops> loops() const override { return loops_; }
  void forward(const at::Tensor& x, at::Tensor& y) override {
    const float* const from = x.data_ptr<float>();
    float* const to = y.data_ptr<float>();
    in_parts(x.numel(), [&](int64_t begin, int64_t end) { loops_.forward(from + begin, to + begin, end - begin); });
  }
  void backward(const at::Tensor&, const at::Tensor& y, const at::Tensor& y_gradient,
                at::Tensor& x_gradient) override {
    const float* const values = y.data_ptr<float>();
    const float* const from = y_gradient.data_ptr<float>();
    float* const to = x_gradient.data_ptr<float>();
    in_parts(y.numel(), [&](int64_t begin, int64_t end) {
      loops_.backward(values + begin, from + begin, to + begin, end - begin);
    });
  }

 private:
  Loops loops_;
};

class PlannedSoftmax final : public PlannedActivation {
 public:
  explicit PlannedSoftmax(std::function<void(const at::Tensor&)> on_single) : on_single_(std::move(on_single)) {}

  bool keeps_input() const override { return false; }
  void forward(const at::Tensor& x, at::Tensor& y) override {
    const int64_t width = x.size(-1);
    if (width == 1) on_single_(x);
    utils::kernels::softmax(x.data_ptr<float>(), y.data_ptr<float>(), x.numel() / width, width);
  }
  void backward(const at::Tensor&, const at::Tensor& y, const at::Tensor& y_gradient,
                at::Tensor& x_gradient) override {
    const int64_t width = y.size(-1);
    utils::kernels::softmax_backward(y.data_ptr<float>(), y_gradient.data_ptr<float>(), x_gradient.data_ptr<float>(),
                                     y.numel() / width, width);
  }

 private:
  std::function<void(const at::Tensor&)> on_single_;
};

class ByOperators final : public PlannedActivation {
 public:
  ByOperators(Operator forward, OperatorBackward backward, Kept kept)
      : forward_(std::move(forward)), backward_(std::move(backward)), kept_(kept) {}

  bool keeps_input() const override { return kept_ == Kept::Input; }
  void forward(const at::Tensor& x, at::Tensor& y) override { forward_(y, x); }
  void backward(const at::Tensor& x, const at::Tensor& y, const at::Tensor& y_gradient,
                at::Tensor& x_gradient) override {
    backward_(x_gradient, y_gradient, kept_ == Kept::Input ? x : y);
  }

 private:
  Operator forward_;
  OperatorBackward backward_;
  Kept kept_;
};

}  // namespace

std::unique_ptr<PlannedActivation> planned_linear() { return std::make_unique<PlannedLinear>(); }
std::unique_ptr<PlannedActivation> planned_softmax(std::function<void(const at::Tensor&)> on_single) {
  return std::make_unique<PlannedSoftmax>(std::move(on_single));
}
std::unique_ptr<PlannedActivation> by_loops(const Loops& loops) {
  return std::make_unique<ByLoops>(loops);
}
std::unique_ptr<PlannedActivation> by_operators(Operator forward, OperatorBackward backward, Kept kept) {
  return std::make_unique<ByOperators>(std::move(forward), std::move(backward), kept);
}

std::unique_ptr<PlannedActivation> by_autograd(const ActivationImpl& activation, bool training) {
  return std::make_unique<ByAutograd>(activation, training);
}

}  // namespace keraslike::activations
