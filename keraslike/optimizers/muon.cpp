#include "keraslike/optimizers/muon.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/norm.h>
#include <ATen/ops/sqrt.h>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/patterns.h"

namespace keraslike::optimizers {

namespace {

using layers::Weight;

utils::Pattern exclusion(const std::string& keyword) {
  return {keyword, "`exclude_layers` expects words or regular expressions"};
}

// Rows and columns are those of Keras' shape, so matrices are looked at in Keras' order of axes.
class MuonImpl final : public TorchOptimizer<> {
 public:
  explicit MuonImpl(MuonOptions options = {})
      : TorchOptimizer("Muon", common_options(options)), own_(std::move(options)) {
    ready();
  }

 protected:
  void own_fields(Fields& field) override {
    field("adam_beta_1", own_.adam_beta_1);
    field("adam_beta_2", own_.adam_beta_2);
    field("epsilon", own_.epsilon);
    exclusions_field(field);
    field("muon_a", own_.muon_a);
    field("muon_b", own_.muon_b);
    field("muon_c", own_.muon_c);
    field("adam_lr_ratio", own_.adam_lr_ratio);
    field("momentum", own_.momentum);
    field("ns_steps", own_.ns_steps);
    field("nesterov", own_.nesterov);
    field("exclude_embeddings", own_.exclude_embeddings);
    field("adam_weight_decay", own_.adam_weight_decay);
    field("rms_rate", own_.rms_rate);
  }

  void check() const override {
    for (const auto& keyword : own_.exclude_layers) exclusion(keyword);
  }

  // A momentum for each weight, followed by a velocity for those of AdamW.
  void build_slots() override {
    for (size_t i = 0; i < weights().size(); ++i) {
      add_slot(i, like(*weights()[i], {"momentum"}));
      if (follows_adamw(*weights()[i])) add_slot(i, like(*weights()[i], {"velocity"}));
    }
  }

  std::optional<double> weight_decay_of(const Weight& weight) const override {
    return follows_adamw(weight) ? own_.adam_weight_decay : options().weight_decay;
  }

  void update(const Step& step, const Update& of) override {
    if (of.slots.size() == 2) return adamw(step, of);
    const at::Tensor& momentum = of.slot(0);
    momentum.add_(of.gradient + momentum * (own_.momentum - 1.0));
    const at::Tensor direction = own_.nesterov ? of.gradient + momentum * own_.momentum : momentum;
    const at::Tensor change = orthogonal(of.weight.in_keras_shape(direction)) * step.learning_rate;
    of.weight.in_keras_shape().sub_(scaled(change));
  }

 private:
  void exclusions_field(Fields& field) {
    std::string json = saving::Json(own_.exclude_layers).dump();
    field.json("exclude_layers", json);
    if (!field.is_reading()) return;
    own_.exclude_layers.clear();
    const auto words = json.empty() ? saving::Json() : saving::Json::parse(json);
    for (const auto& word : words) {
      if (!word.is_string()) throw ValueError("`exclude_layers` expects a list of words. Received: {}", json);
      own_.exclude_layers.push_back(word.get<std::string>());
    }
  }

  bool follows_adamw(const Weight& weight) const {
    if (weight.shape.rank() != 2) return true;
    if (own_.exclude_embeddings && utils::to_lower(weight.path).find("embedding") != std::string::npos) return true;
    return std::any_of(own_.exclude_layers.begin(), own_.exclude_layers.end(), [&](const std::string& keyword) {
      return exclusion(keyword).is_within(weight.path);
    });
  }

  at::Tensor scaled(const at::Tensor& change) const {
    if (!own_.rms_rate) return change;
    return change * std::sqrt(static_cast<double>(std::max(change.size(0), change.size(1)))) * *own_.rms_rate;
  }

  // Newton-Schulz on the lying matrix, whose products are the smaller ones.
  at::Tensor orthogonal(const at::Tensor& matrix) const {
    const bool is_tall = matrix.size(0) > matrix.size(1);
    at::Tensor x = is_tall ? matrix.t() : matrix;
    x = x / (at::norm(x) + 1e-7);
    for (int64_t i = 0; i < own_.ns_steps; ++i) {
      const at::Tensor square = at::matmul(x, x.t());
      x = x * own_.muon_a + at::matmul(square * own_.muon_b + at::matmul(square * own_.muon_c, square), x);
    }
    return is_tall ? x.t() : x;
  }

  void adamw(const Step& step, const Update& of) const {
    const double rate = in_precision_of(of.value(), [&](auto number) {
      using Real = decltype(number);
      const auto beta_1_power = std::pow(Real(own_.adam_beta_1), Real(step.number));
      const auto beta_2_power = std::pow(Real(own_.adam_beta_2), Real(step.number));
      return Real(step.learning_rate * own_.adam_lr_ratio) * std::sqrt(1 - beta_2_power) / (1 - beta_1_power);
    });
    if (fused::adam(of, {own_.adam_beta_1, own_.adam_beta_2, own_.epsilon, rate, /*amsgrad=*/false})) return;
    of.slot(0).mul_(own_.adam_beta_1).add_(of.gradient, 1.0 - own_.adam_beta_1);
    of.slot(1).mul_(own_.adam_beta_2).add_(of.gradient * of.gradient, 1.0 - own_.adam_beta_2);
    of.value().addcdiv_(of.slot(0), at::sqrt(of.slot(1)).add_(own_.epsilon), -rate);
  }

  MuonOptions own_;
};

}  // namespace

Muon::Muon(MuonOptions options) : Optimizer(std::make_shared<MuonImpl>(std::move(options))) {}
Muon::Muon(LearningRate learning_rate, MuonOptions options)
    : Muon(with_rate(std::move(options), std::move(learning_rate))) {}

void register_muon(Registry<OptimizerImpl>& optimizers) { optimizers.add<MuonImpl>("Muon"); }

}  // namespace keraslike::optimizers
