#include "keraslike/optimizers/multi_optimizer.h"

#include <algorithm>

#include <ATen/core/Tensor.h>

#include "keraslike/optimizers/torch_optimizer.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/patterns.h"

namespace keraslike::optimizers {

namespace {

using layers::WeightPtr;
using Single = keraslike::Optimizer;  // LibTorch's class of this name is a base of what follows

utils::Pattern pattern_of(const std::string& key) {
  return {key, "OptimizerMap expects paths or regular expressions as keys"};
}

// An OptimizerMap in a config.
class MapConfig final : public saving::Configured {
 public:
  explicit MapConfig(const OptimizerMap* map) {
    if (map == nullptr) return;
    default_optimizer_ = map->default_optimizer();
    items_ = map->items();
  }

  void fields(Fields& field) override {
    field("default_optimizer", default_optimizer_);
    std::string items = field.is_reading() ? std::string() : written();
    field.json("optimizer_map", items);
    if (field.is_reading()) read(items);
  }

  OptimizerMap map() const {
    if (!default_optimizer_) throw ValueError("OptimizerMap expects a `default_optimizer`. Received: none");
    return OptimizerMap(default_optimizer_.get(), items_);
  }

 private:
  std::string written() const {
    saving::Json json = saving::Json::object();
    for (const auto& [key, optimizer] : items_) {
      NameOr<Single> value = optimizer;
      saving::NameOrField<Single> field(value);
      json[key] = saving::write_argument(field);
    }
    return json.dump();
  }

  void read(const std::string& text) {
    const saving::Json json = text.empty() ? saving::Json::object() : saving::Json::parse(text);
    if (!json.is_object()) throw ValueError("optimizer_map must be a dictionary. Received: {}", text.substr(0, 80));
    items_.clear();
    for (const auto& [key, item] : json.items()) {
      NameOr<Single> value = none;
      saving::NameOrField<Single> field(value);
      saving::read_argument(item, "optimizer_map['" + key + "']", {.keep_unknown_keys = true}, field);
      if (!value) throw ValueError("OptimizerMap has no optimizer for '{}'. Received: none", key);
      items_.emplace_back(key, value.get());
    }
  }

  NameOr<Single> default_optimizer_ = none;
  OptimizerMap::Items items_;
};

class MapField final : public saving::ObjectField {
 public:
  MapField(std::optional<OptimizerMap>& map, const std::string& owner)
      : map_(map), owner_(owner), config_(map ? &*map : nullptr) {}

  bool is_none() const override { return false; }
  std::string identifier() const override { return {}; }
  ClassIdentity identity() const override { return {"keras.optimizers", "OptimizerMap"}; }
  saving::Configured& object() const override {
    if (map_ || is_reading_) return config_;
    throw ValueError("The optimizer '{}' chooses by a function, which no file holds. Give it an OptimizerMap to save "
                     "it.", owner_);
  }
  void set_none() override { throw ValueError("MultiOptimizer expects an `optimizer_map`. Received: none"); }
  void set_identifier(const std::string& name) override {
    throw ValueError("MultiOptimizer expects an OptimizerMap in a config. Received: '{}'", name.substr(0, 80));
  }
  void create(const std::string& class_name) override {
    if (class_name != "OptimizerMap") set_identifier(class_name);
    is_reading_ = true;
  }
  void finish() override { map_ = config_.map(); }

 private:
  std::optional<OptimizerMap>& map_;
  const std::string& owner_;
  mutable MapConfig config_;
  bool is_reading_ = false;
};

bool is_multi(const Single& optimizer);

// Its own learning rate is there as in Keras, and stays 0.
class MultiOptimizerImpl final : public TorchOptimizer<> {
 public:
  // For a config to fill.
  MultiOptimizerImpl() : TorchOptimizer("MultiOptimizer", {.learning_rate = 0.0}) { ready(); }
  MultiOptimizerImpl(std::optional<OptimizerMap> map, MultiOptimizer::Choice choice, MultiOptimizerOptions options)
      : TorchOptimizer("MultiOptimizer", {.learning_rate = 0.0,
                                          .loss_scale_factor = options.loss_scale_factor,
                                          .name = std::move(options.name)}),
        map_(std::move(map)),
        choice_(std::move(choice)) {
    if (!map_ && !choice_) throw ValueError("MultiOptimizer expects a function. Received an empty one.");
    settle();
    ready();
  }

  void fields(Fields& field) override {
    std::string own_name = name();
    std::optional<double> factor = options().loss_scale_factor;
    MapField map(map_, own_name);
    field.object("optimizer_map", map);
    field("loss_scale_factor", factor);
    field("name", own_name);
    if (!field.is_reading()) return;
    if (!map_) throw ValueError("MultiOptimizer expects an `optimizer_map`. Received: none");
    set_name(std::move(own_name));
    OptimizerImpl::set_loss_scale_factor(factor);
    settle();
  }

  double learning_rate() override { refuse_rate("accessed on", "Access"); }
  void set_learning_rate(LearningRate) override { refuse_rate("set on", "Set"); }
  void exclude_from_weight_decay(const std::vector<std::string>&) override {
    throw ValueError("`exclude_from_weight_decay()` has no effect on the MultiOptimizer {}. Call it on the individual "
                     "sub-optimizers instead.", name());
  }

  void set_loss_scale_factor(std::optional<double> factor) override {
    OptimizerImpl::set_loss_scale_factor(factor);
    for (const Single& optimizer : optimizers_) optimizer->set_loss_scale_factor(factor);
  }

  void build(const std::vector<WeightPtr>& weights) override {
    if (!built()) share(weights);
    TorchOptimizer::build(weights);
  }

  using TorchOptimizer::apply;

  void apply(const std::vector<at::Tensor>& gradients, const std::vector<WeightPtr>& weights) override {
    if (gradients.empty()) return;
    if (!built()) build(weights);
    if (gradients.size() != owners_.size() || weights.size() != owners_.size()) {
      throw ValueError("Gradients must match trainable variables one-to-one. Received {} gradients and {} variables.",
                       gradients.size(), owners_.size());
    }
    std::vector<std::vector<at::Tensor>> gradients_of(optimizers_.size());
    std::vector<std::vector<WeightPtr>> weights_of(optimizers_.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      const size_t owner = owners_[index_of(*weights[i], i)];
      gradients_of[owner].push_back(gradients[i]);
      weights_of[owner].push_back(weights[i]);
    }
    require_gradients(gradients_of);
    for (size_t i = 0; i < optimizers_.size(); ++i) {
      if (!weights_of[i].empty()) optimizers_[i]->apply(gradients_of[i], weights_of[i]);
    }
    ++raw_iterations();
  }

  void finalize_weights() override {
    for (const Single& optimizer : optimizers_) optimizer->finalize_weights();
  }
  void swap_averages() override {
    for (const Single& optimizer : with_averages()) optimizer->swap_averages();
  }
  void set_averages_to_weights() override {
    for (const Single& optimizer : with_averages()) optimizer->set_averages_to_weights();
  }

  std::vector<WeightPtr> variables() const override {
    std::vector<WeightPtr> all = TorchOptimizer::variables();
    for (const Single& optimizer : optimizers_) {
      for (auto& variable : optimizer->variables()) all.push_back(std::move(variable));
    }
    return all;
  }
  std::vector<Single> optimizers() const override { return optimizers_; }

 protected:
  // The rules are the inner optimizers'.
  void update(const Step&, const Update&) override {}

 private:
  [[noreturn]] static void refuse_rate(const char* what, const char* instead) {
    throw ValueError("Learning rate cannot be {} a MultiOptimizer. {} the learning rate on the individual "
                     "sub-optimizers instead.", what, instead);
  }

  void settle() {
    optimizers_.clear();
    if (!map_) return;
    for (const auto& [key, optimizer] : map_->items()) place_of(optimizer);
    place_of(map_->default_optimizer());
  }

  // Of an optimizer among those inside, where it is put if it is new.
  size_t place_of(const Single& optimizer) {
    const auto found = std::find(optimizers_.begin(), optimizers_.end(), optimizer);
    if (found != optimizers_.end()) return static_cast<size_t>(found - optimizers_.begin());
    optimizer->set_loss_scale_factor(options().loss_scale_factor);
    optimizers_.push_back(optimizer);
    return optimizers_.size() - 1;
  }

  Single chosen(const layers::Weight& weight) const {
    if (!map_ && !choice_) throw ValueError("MultiOptimizer expects an `optimizer_map`. Received: none");
    const Single optimizer = map_ ? (*map_)[weight.path] : choice_(weight.path);
    if (!optimizer.impl()) throw ValueError("Optimizer for variable {} is not an Optimizer instance.", weight.path);
    if (optimizer->inner_optimizer()) {
      throw ValueError("LossScaleOptimizer cannot be used inside an MultiOptimizer.");
    }
    if (is_multi(optimizer)) throw ValueError("MultiOptimizer cannot be used inside an MultiOptimizer.");
    return optimizer;
  }

  // All are chosen before any is changed.
  void share(const std::vector<WeightPtr>& weights) {
    std::vector<Single> chosen_ones;
    for (const auto& weight : weights) chosen_ones.push_back(chosen(*weight));
    owners_.clear();
    for (const Single& optimizer : chosen_ones) owners_.push_back(place_of(optimizer));
    for (size_t i = 0; i < optimizers_.size(); ++i) {
      std::vector<WeightPtr> own;
      for (size_t j = 0; j < weights.size(); ++j) {
        if (owners_[j] == i) own.push_back(weights[j]);
      }
      if (!own.empty()) optimizers_[i]->build(own);
    }
  }

  // An optimizer refuses to work on nothing, and the others would have changed their weights by then.
  static void require_gradients(const std::vector<std::vector<at::Tensor>>& gradients_of) {
    for (const auto& gradients : gradients_of) {
      const auto is_defined = [](const at::Tensor& gradient) { return gradient.defined(); };
      if (gradients.empty() || std::any_of(gradients.begin(), gradients.end(), is_defined)) continue;
      throw ValueError("No gradients provided for any variable.");
    }
  }

  std::vector<Single> with_averages() const {
    std::vector<Single> result;
    for (const Single& optimizer : optimizers_) {
      if (!optimizer->uses_averages()) continue;
      if (!optimizer->built()) optimizer->swap_averages();  // throws, and says why
      result.push_back(optimizer);
    }
    if (!result.empty()) return result;
    throw ValueError("SwapEMAWeights must be used when at least one inner optimizer has `use_ema=True` set. Received a "
                     "MultiOptimizer with all inner optimizers having `use_ema=False`.");
  }

  std::optional<OptimizerMap> map_;  // or else
  MultiOptimizer::Choice choice_;
  std::vector<Single> optimizers_;
  std::vector<size_t> owners_;  // by weight, which of the optimizers
};

bool is_multi(const Single& optimizer) {
  return dynamic_cast<const MultiOptimizerImpl*>(optimizer.impl().get()) != nullptr;
}

}  // namespace

OptimizerMap::OptimizerMap(Optimizer default_optimizer, Items optimizer_map)
    : default_optimizer_(std::move(default_optimizer)) {
  for (auto& [key, optimizer] : optimizer_map) set(key, std::move(optimizer));
}

void OptimizerMap::set(const std::string& key, Optimizer optimizer) {
  for (const auto& [known, other] : items_) {
    if (known != key) continue;
    throw ValueError("'{}' already exists in the OptimizerMap with value {}. Please make sure to not use duplicated "
                     "keys.", key, other.name());
  }
  if (optimizer->inner_optimizer()) throw ValueError("optimizer cannot be LossScaleOptimizer.");
  if (is_multi(optimizer)) throw ValueError("optimizer cannot be MultiOptimizer.");
  pattern_of(key);
  items_.emplace_back(key, std::move(optimizer));
}

const Optimizer& OptimizerMap::operator[](const std::string& path) const {
  const Optimizer* match = nullptr;
  for (const auto& [key, optimizer] : items_) {
    if (key == path) return optimizer;
  }
  for (const auto& [key, optimizer] : items_) {
    if (!pattern_of(key).matches(path)) continue;
    if (match != nullptr) throw ValueError("Multiple optimizers assigned to variable {}.", path);
    match = &optimizer;
  }
  return match == nullptr ? default_optimizer_ : *match;
}

MultiOptimizer::MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options)
    : Optimizer(std::make_shared<MultiOptimizerImpl>(std::move(optimizer_map), nullptr, std::move(options))) {}
MultiOptimizer::MultiOptimizer(Choice optimizer_map, MultiOptimizerOptions options)
    : Optimizer(std::make_shared<MultiOptimizerImpl>(std::nullopt, std::move(optimizer_map), std::move(options))) {}

void register_multi_optimizer(Registry<OptimizerImpl>& optimizers) {
  const std::string name = "MultiOptimizer";
  optimizers.add_unlisted<MultiOptimizerImpl>(name, {"keras.optimizers", name});
}

}  // namespace keraslike::optimizers
