#include "keraslike/models/saved_tree.h"

#include <map>

#include <fmt/format.h>

#include "keraslike/models/model_impl.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/naming.h"

namespace keraslike::models {

namespace {

std::vector<layers::WeightPtr> saved_weights(const layers::LayerImpl& layer) {
  auto weights = layer.own_weights();
  std::erase_if(weights, [](const layers::WeightPtr& weight) { return !weight->is_saved; });
  return weights;
}

void add(std::vector<SavedObject>& objects, const std::string& path, layers::LayerImpl& layer) {
  objects.push_back({.path = path,
                     .name = layer.name(),
                     .description = fmt::format("<{} name={}>", layer.class_name(), layer.name()),
                     .variables = saved_weights(layer),
                     .assets = dynamic_cast<layers::HasAssets*>(&layer)});
  const std::string prefix = path.empty() ? "" : path + "/";
  for (const auto& [part, sublayer] : layer.saved_parts()) add(objects, prefix + part, *sublayer);
}

// What a LossScaleOptimizer wraps, or a MultiOptimizer has inside, is there twice, as in Keras: among its own variables
// too.
void add_optimizer(std::vector<SavedObject>& objects, const std::string& path,
                   const optimizers::OptimizerImpl& optimizer) {
  objects.push_back({.path = path,
                     .name = optimizer.name(),
                     .description = fmt::format("optimizer '{}'", optimizer.name()),
                     .variables = optimizer.variables(),
                     .is_optimizer = true});
  if (const auto inner = optimizer.inner_optimizer()) add_optimizer(objects, path + "/inner_optimizer", **inner);
  std::map<std::string, int> counts;
  for (const Optimizer& part : optimizer.optimizers()) {
    const optimizers::OptimizerImpl& impl = *part;
    const std::string name = utils::to_snake_case(registry<optimizers::OptimizerImpl>().class_name(typeid(impl)));
    const int number = counts[name]++;
    add_optimizer(objects, path + "/optimizers/" + (number == 0 ? name : fmt::format("{}_{}", name, number)), impl);
  }
}

}  // namespace

std::vector<SavedObject> saved_objects(const Model& model) {
  std::vector<SavedObject> objects;
  add(objects, "", *model);
  if (model.compiled()) {
    add_optimizer(objects, "optimizer", *model.optimizer());
  }
  return objects;
}

}  // namespace keraslike::models
