#pragma once

#include <optional>
#include <string>
#include <utility>

#include "keraslike/utils/shape.h"

namespace keraslike {

class Fields;

namespace saving {

// What has a config: layers, losses, initializers, ... .
class Configured {
 public:
  virtual ~Configured() = default;

  // Each constructor argument, once, under Keras' name and in Keras' order: `field("units", units_)`. The same calls
  // write a config and read one.
  virtual void fields(Fields& field) = 0;

  // The input's shape that weights were made for, where Keras saves it beside the config; and the way back.
  virtual std::optional<Shape> build_config() const { return std::nullopt; }
  virtual void build_from_config(const Shape&) {}

  // The part of a config, as JSON, that came from a file and is not known here. It is written back as it was.
  const std::string& unknown_keys() const { return unknown_keys_; }
  void keep_unknown_keys(std::string json) { unknown_keys_ = std::move(json); }

 private:
  std::string unknown_keys_;
};

// What is compiled too: a model.
class Compilable {
 public:
  virtual ~Compilable() = default;
  virtual bool has_compile_config() const = 0;

  // The arguments of `compile`; reading compiles.
  virtual void compile_fields(Fields& field) = 0;
};

}  // namespace saving
}  // namespace keraslike
