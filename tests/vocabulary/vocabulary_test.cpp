#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "vocabulary/missing.h"
#include "vocabulary/rooms.h"

#include "support/catch.h"

using nlohmann::json;
using test::golden;
using test::missing_of;
using test::Room;
using test::rooms;

namespace {

using Names = std::set<std::string>;

bool is_base(const std::string& name) {
  const auto& bases = golden().at("bases");
  return std::find(bases.begin(), bases.end(), name) != bases.end();
}

// Calls `visit` with each class of Keras' that keraslike has, and its entry in keras.json.
template <class Visit>
void for_each_class(const Room& room, const Visit& visit) {
  const std::string kind = room.name == "activations" ? "functions" : "classes";
  for (const auto& [name, entry] : golden().at(room.name).at(kind).items()) {
    if (!is_base(name) && room.has(name, entry)) visit(name, entry);
  }
}

bool has_function(const Room& room, const std::string& name) {
  if (room.name == "activations") return room.knows(name);
  const auto& losses = rooms()[1];
  return room.declarations.has_function(name) || room.declarations.has_class(name) ||
         (room.name == "metrics" && losses.declarations.has_function(name));
}

// Keras 3.15.1 leaves these out of its configs, where later versions have them.
const Names kForgottenByKeras{"CosineSimilarity.axis", "Huber.delta", "SparseCategoricalCrossentropy.axis"};

// Keras' optimizers are classes of its backend in its own files too.
json without_backend(json value) {
  const bool is_object = value.is_object() && value.contains("module") && value["module"].is_string();
  if (is_object && value["module"].get<std::string>().starts_with("keras.src.backend.torch.optimizers")) {
    value["module"] = "keras.optimizers";
    value["registered_name"] = nullptr;
  }
  return value;
}

Names differing(const std::string& name, const json& ours, const json& keras) {
  Names result;
  for (const auto& [key, given] : keras.items()) {
    const json value = without_backend(given);
    const json own = ours.contains(key) ? ours.at(key) : json("missing");
    if (own != value) result.insert(name + "." + key + ": " + own.dump() + ", Keras " + value.dump());
  }
  for (const auto& [key, value] : ours.items()) {
    if (!keras.contains(key) && kForgottenByKeras.count(name + "." + key) == 0) {
      result.insert(name + "." + key + ": " + value.dump() + ", Keras has none");
    }
  }
  return result;
}

}  // namespace

TEST_CASE("What Keras has and keraslike lacks is listed, and nothing else is", "[vocabulary]") {
  const Room room = GENERATE(from_range(rooms()));
  INFO(room.module);
  Names lacking;

  for (const auto& [name, entry] : golden().at(room.name).at("classes").items()) {
    if (!is_base(name) && !room.has(name, entry)) lacking.insert(name);
  }
  for (const auto& [name, entry] : golden().at(room.name).at("functions").items()) {
    if (!has_function(room, name)) lacking.insert(name);
  }

  CHECK(lacking == missing_of(room.name));
}

TEST_CASE("Every name of Keras' means in C++ what it means in Python", "[vocabulary]") {
  const Room room = GENERATE(from_range(rooms()));
  INFO(room.module);
  Names unknown;

  for_each_class(room, [&](const std::string& name, const json& entry) {
    for (const std::string alias : entry.at("names")) {
      const bool is_declared = room.declarations.has_class(alias);
      if (!is_declared && !(room.class_of && room.knows(alias))) unknown.insert(alias + " (" + name + ")");
    }
    if (!room.class_of || (room.name != "activations" && !entry.contains("config"))) return;
    for (const std::string identifier : entry.at("identifiers")) {
      const bool is_same = room.knows(identifier) && room.class_of(identifier) == name;
      if (!is_same) unknown.insert("'" + identifier + "' (" + name + ")");
    }
  });

  CHECK(unknown == Names{});
}

TEST_CASE("Every default config is Keras'", "[vocabulary]") {
  const Room room = GENERATE(from_range(rooms()));
  INFO(room.module);
  Names differences;

  for_each_class(room, [&](const std::string& name, const json& entry) {
    if (!entry.contains("config")) return;
    json ours;
    try {
      ours = room.config(name, entry.at("given"));
    } catch (const std::exception& error) {
      differences.insert(name + ": " + error.what());
      return;
    }
    if (ours.contains("seed") && ours.at("seed").is_number()) ours["seed"] = "drawn";
    differences.merge(differing(name, ours, entry.at("config")));
  });

  CHECK(differences == Names{});
}

// What classes do not take: quantization is missing as a whole. Metrics of confusion matrices count in int32. A metric
// made of a function takes it first. All transposed convolutions have one order of arguments; Keras' have two.
// IntegerLookup knows no vocabulary but int64, as Keras says itself. Functions of C++ capture their arguments.
const Names kOtherArguments{"Dense.quantization_config",        "EinsumDense.gptq_unpacked_column_size",
                            "EinsumDense.quantization_config",  "Embedding.quantization_config",
                            "IntegerLookup.vocabulary_dtype",   "MeanMetricWrapper.fn",
                            "BinaryIoU.dtype",                  "IoU.dtype",
                            "MeanIoU.dtype",                    "OneHotIoU.dtype",
                            "OneHotMeanIoU.dtype",              "Lambda.arguments",
                            "Lambda.mask",                      "Conv3DTranspose.output_padding comes too early"};

// The arguments of a class that can not be set in C++, or stand in another order than Keras'.
Names wrong_arguments(const Room& room, const std::string& name, const json& entry) {
  Names wrong;
  const auto arguments = room.declarations.arguments(room.declared_name(name, entry));
  size_t last = 0;
  for (const auto& argument : entry.at("arguments")) {
    const std::string key = argument.at("name");
    if (arguments.has_positional(key)) continue;
    const size_t place = arguments.place(key);
    if (place == arguments.options.size()) {
      wrong.insert(name + "." + key);
    } else if (key != "name" && key != "dtype") {  // these come last
      if (place < last) wrong.insert(name + "." + key + " comes too early");
      last = place;
    }
  }
  return wrong;
}

TEST_CASE("Every argument of Keras' exists, in Keras' order", "[vocabulary]") {
  const Room room = GENERATE(from_range(rooms()));
  if (room.name == "activations") return;
  INFO(room.module);
  Names wrong;

  for_each_class(room, [&](const std::string& name, const json& entry) {
    for (const auto& argument : wrong_arguments(room, name, entry)) {
      if (kOtherArguments.count(argument) == 0) wrong.insert(argument);
    }
  });

  CHECK(wrong == Names{});
}

// What the text of a default means: {} and none are null.
json meaning_of(const std::string& text) {
  if (text == "{}" || text == "none" || text == "std::nullopt") return nullptr;
  return json::parse(text);
}

TEST_CASE("Every default of a callback is Keras'", "[vocabulary]") {
  const Room& room = rooms().back();
  Names differences;

  for_each_class(room, [&](const std::string& name, const json& entry) {
    const auto arguments = room.declarations.arguments(name);
    for (const auto& argument : entry.at("arguments")) {
      const size_t place = arguments.place(argument.at("name"));
      if (place == arguments.options.size() || !argument.contains("default")) continue;
      const auto& [option, text] = arguments.options[place];
      if (meaning_of(text) != argument.at("default")) {
        differences.insert(name + "." + option + ": " + text + ", Keras " + argument.at("default").dump());
      }
    }
  });

  CHECK(differences == Names{});
}
