#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/input.h"
#include "keraslike/models/model.h"

namespace keraslike {

namespace models {
class SequentialImpl;
}  // namespace models

// An element of `Sequential({...})`: a layer, a model, or, as the first, an `Input`.
class SequentialItem {
 public:
  SequentialItem(Layer layer) : layer_(std::move(layer)) {}  // NOLINT: implicit by design
  SequentialItem(Input input) : input_(std::move(input)) {}  // NOLINT

  const std::optional<Layer>& layer() const { return layer_; }
  const std::optional<Input>& input() const { return input_; }

 private:
  std::optional<Layer> layer_;
  std::optional<Input> input_;
};

struct SequentialOptions {
  bool trainable = true;
  std::string name = {};
};

// Layers in a row, each fed by the one before. With an `Input` first, or `.input_shape` on the first layer, the weights
// are there at once; without, they are made when the first data show the shape.
class Sequential : public Model {
 public:
  Sequential();
  explicit Sequential(std::vector<SequentialItem> items, SequentialOptions options = {});
  Sequential(std::initializer_list<SequentialItem> items, SequentialOptions options = {});

  void add(SequentialItem item);
  void pop();

 private:
  models::SequentialImpl& sequential() const;
};

}  // namespace keraslike
