#include "vocabulary/rooms.h"

#include <algorithm>
#include <fstream>

#include "keraslike/keraslike.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/naming.h"

namespace test {

namespace {

using namespace keraslike;
using nlohmann::json;

// An automatic name is drawn when the handle is made, or asked for it.
template <class Object>
std::shared_ptr<typename Object::Impl> named(std::shared_ptr<typename Object::Impl> impl) {
  const Object object(impl);
  if constexpr (requires { object.name(); }) object.name();
  return impl;
}

template <class Object>
json config_of(const std::string& class_name, const json& given) {
  using Impl = typename Object::Impl;
  utils::reset_unique_names();
  const auto impl = registry<Impl>().make(class_name);
  saving::read_config(given.dump(), class_name, [&](Fields& field) { impl->fields(field); });
  utils::reset_unique_names();
  named<Object>(impl);
  return json::parse(saving::write_config([&](Fields& field) { impl->fields(field); }));
}

template <class Object>
Room room(const std::string& name, const std::string& module, const std::string& folder) {
  using Impl = typename Object::Impl;
  const auto class_of = [](const std::string& identifier) {
    const auto made = registry<Impl>().make(identifier);
    const Impl& object = *made;
    return registry<Impl>().class_name(typeid(object));
  };
  return {name, module, Declarations(folder),
          [](const std::string& identifier) { return registry<Impl>().contains(identifier); }, class_of,
          config_of<Object>};
}

}  // namespace

bool Room::has(const std::string& class_name, const json& entry) const {
  if (name == "activations") return knows(class_name);
  // What holds a function of the user's is not asked for by name.
  return !declared_name(class_name, entry).empty() && (!entry.contains("config") || knows(class_name));
}

std::string Room::declared_name(const std::string& class_name, const json& entry) const {
  if (declarations.has_class(class_name)) return class_name;
  for (const std::string other : entry.at("names")) {
    if (declarations.has_class(other)) return other;
  }
  return {};
}

const std::vector<Room>& rooms() {
  static const std::vector<Room> all{
      room<Layer>("layers", "keras.layers", "layers"),
      room<Loss>("losses", "keras.losses", "losses"),
      room<Metric>("metrics", "keras.metrics", "metrics"),
      room<Optimizer>("optimizers", "keras.optimizers", "optimizers"),
      room<optimizers::schedules::LearningRateSchedule>("schedules", "keras.optimizers.schedules", "optimizers"),
      room<Initializer>("initializers", "keras.initializers", "initializers"),
      room<Regularizer>("regularizers", "keras.regularizers", "regularizers"),
      room<Constraint>("constraints", "keras.constraints", "constraints"),
      room<Activation>("activations", "keras.activations", "activations"),
      {"callbacks", "keras.callbacks", Declarations("callbacks"), [](const std::string&) { return true; }, {}, {}},
  };
  return all;
}

const json& golden() {
  static const json read = [] {
    std::ifstream file(KERASLIKE_SOURCE_DIR "/tests/vocabulary/keras.json");
    return json::parse(file);
  }();
  return read;
}

}  // namespace test
