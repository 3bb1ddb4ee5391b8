#pragma once

#include <string>
#include <vector>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"

namespace test {

struct LayerContract {
  keraslike::Shape input;                        // with a batch of 2 or more
  keraslike::Shape output;
  std::vector<keraslike::Shape> weights = {};    // Keras' shapes, in Keras' order
  int64_t trainable = -1;                        // how many of them train; -1: all
  bool has_gradient = true;                      // false for what gives categories
};

inline at::Tensor some_input(const keraslike::Shape& shape) {
  return at::arange(1, shape.count() + 1, at::kFloat).sin().div(2).reshape(shape);
}

inline at::Tensor run(const keraslike::Layer& layer, const at::Tensor& input) { return layer(input); }

inline keraslike::Layer copied(const keraslike::Layer& layer) {
  keraslike::Layer copy(keraslike::registry<keraslike::layers::LayerImpl>().make(layer.class_name()));
  keraslike::saving::read_config(layer.get_config(), layer.class_name(),
                                 [&](keraslike::Fields& field) { copy->fields(field); });
  return copy;
}

// What every layer keeps: shapes, weights, config, gradients, LibTorch's view of it.
inline void check_layer(const keraslike::Layer& layer, const LayerContract& expected) {
  using namespace keraslike;
  INFO(layer.class_name());
  const at::Tensor input = some_input(expected.input);
  const Shape open = expected.input.without_batch().with_batch();
  CHECK(layer.compute_output_shape(open) == expected.output.without_batch().with_batch());
  CHECK_FALSE(layer.built());

  layer.build(open);
  const at::Tensor output = layer(input);
  CHECK(Shape(output.sizes().begin(), output.sizes().end()) == expected.output);
  CHECK(layer.compute_output_shape(expected.input) == expected.output);
  CHECK(output.equal(layer(input)));

  std::vector<Shape> shapes;
  for (const auto& weight : layer->weights()) shapes.push_back(weight->shape);
  CHECK(shapes == expected.weights);
  const auto trainable = layer->trainable_weights();
  CHECK(static_cast<int64_t>(trainable.size()) ==
        (expected.trainable < 0 ? static_cast<int64_t>(expected.weights.size()) : expected.trainable));

  const Layer copy = copied(layer);
  CHECK(copy.get_config() == layer.get_config());
  copy.build(open);
  copy.set_weights(layer.get_weights());
  CHECK(copy.get_weights() == layer.get_weights());
  CHECK(copy(input).equal(output));

  const at::Tensor trained = layer(input.clone().requires_grad_(), {.training = true});
  REQUIRE(trained.requires_grad() == expected.has_gradient);
  if (!expected.has_gradient) return;
  trained.square().sum().backward();
  for (const auto& weight : trainable) CHECK(weight->tensor.grad().defined());
  CHECK(layer.module().parameters().size() == trainable.size());
}

}  // namespace test
