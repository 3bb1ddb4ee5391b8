#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vocabulary/declarations.h"

namespace test {

// What keraslike has of one of Keras' modules.
struct Room {
  std::string name;     // as in keras.json
  std::string module;   // Keras'
  Declarations declarations;
  // Whether files and arguments may name it. Always true where nothing is asked for by name, as callbacks.
  std::function<bool(const std::string& name)> knows;
  // The class that is made of a name, and the config of an object of a class that was given these arguments.
  std::function<std::string(const std::string& name)> class_of;
  std::function<nlohmann::json(const std::string& class_name, const nlohmann::json& given)> config;

  // Whether a class, or for activations a function, exists under one of Keras' names.
  bool has(const std::string& class_name, const nlohmann::json& entry) const;

  // The one of Keras' names that the headers declare.
  std::string declared_name(const std::string& class_name, const nlohmann::json& entry) const;
};

// In the order of Keras' documentation.
const std::vector<Room>& rooms();

// keras.json, which make_golden.py wrote.
const nlohmann::json& golden();

}  // namespace test
