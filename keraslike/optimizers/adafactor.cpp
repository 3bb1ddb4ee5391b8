#include "keraslike/optimizers/adafactor.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/zeros.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

namespace {

using layers::Weight;

at::Tensor rms(const at::Tensor& tensor) { return at::sqrt(at::mean(at::square(tensor))); }

Shape without_axis(Shape shape, int64_t axis) {
  shape.erase(shape.end() + axis);
  return shape;
}

// Rows and columns are those of Keras' shape, so this rule looks at each tensor in Keras' order of axes.
class AdafactorImpl final : public TorchOptimizer<> {
 public:
  explicit AdafactorImpl(AdafactorOptions options = {})
      : TorchOptimizer("Adafactor", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("beta_2_decay", own_.beta_2_decay);
    field("epsilon_1", own_.epsilon_1);
    field("epsilon_2", own_.epsilon_2);
    field("clip_threshold", own_.clip_threshold);
    field("relative_step", own_.relative_step);
  }

  // A row, a column and the whole for each weight; Keras saves a zero in place of the first two for a vector.
  void build_slots() override {
    for (size_t i = 0; i < weights().size(); ++i) {
      const Weight& weight = *weights()[i];
      const at::Tensor value = weight.in_keras_shape();
      for (const int64_t axis : {-1, -2}) {
        const bool is_matrix = weight.shape.rank() >= 2;
        const Shape shape = is_matrix ? without_axis(weight.shape, axis) : Shape{};
        add_slot(i, {.name = weight.name,
                     .path = is_matrix ? name() + "/" + weight.name : weight.name,
                     .tensor = at::zeros(shape, is_matrix ? value.options() : value.options().dtype(at::kInt)),
                     .shape = shape,
                     .trainable = false});
      }
      add_slot(i, like(weight, {"velocity"}));
    }
  }

  void update(const Step& step, const Update& of) override {
    const Scalars scalars = scalars_of(step, of.value());
    if (fused::adafactor(of, {own_.epsilon_1, own_.epsilon_2, own_.clip_threshold, scalars.rate, scalars.kept,
                              scalars.taken})) {
      return;
    }
    const at::Tensor weight = of.weight.in_keras_shape();
    const at::Tensor gradient = of.weight.in_keras_shape(of.gradient);
    const at::Tensor square = at::square(gradient).add_(own_.epsilon_1);
    const at::Tensor velocity = of.slots[2]->in_keras_shape();
    if (of.weight.shape.rank() >= 2) {
      const at::Tensor& row = of.slot(0);
      const at::Tensor& column = of.slot(1);
      average(row, at::mean(square, {-1}), scalars);
      average(column, at::mean(square, {-2}), scalars);
      velocity.copy_((row / at::mean(row, {-1}, /*keepdim=*/true)).unsqueeze(-1) * column.unsqueeze(-2));
    } else {
      average(velocity, square, scalars);
    }
    const at::Tensor change = gradient / at::sqrt(velocity);
    change.div_(at::clamp_min(rms(change) / own_.clip_threshold, 1.0));
    weight.sub_(change * (at::clamp_min(rms(weight), own_.epsilon_2) * scalars.rate));
  }

 private:
  struct Scalars {
    double rate;
    double kept;   // of an average
    double taken;  // from a new value
  };

  Scalars scalars_of(const Step& step, const at::Tensor& weight) const {
    Scalars result{};
    in_precision_of(weight, [&](auto number) {
      using Real = decltype(number);
      const Real kept = 1 - std::pow(Real(step.number), Real(own_.beta_2_decay));
      result = {std::min(Real(step.learning_rate), 1 / std::sqrt(Real(step.number))), kept, 1 - kept};
      return number;
    });
    return result;
  }

  static void average(const at::Tensor& mean, const at::Tensor& value, const Scalars& scalars) {
    mean.copy_(mean * scalars.kept + value * scalars.taken);
  }

  AdafactorOptions own_;
};

}  // namespace

Adafactor::Adafactor(AdafactorOptions options) : Optimizer(std::make_shared<AdafactorImpl>(std::move(options))) {}
Adafactor::Adafactor(LearningRate learning_rate, AdafactorOptions options)
    : Adafactor(with_rate(std::move(options), std::move(learning_rate))) {}

void register_adafactor(Registry<OptimizerImpl>& optimizers) { optimizers.add<AdafactorImpl>("Adafactor"); }

}  // namespace keraslike::optimizers
