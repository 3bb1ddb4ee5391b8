#include "support/check_layer.h"

using namespace keraslike;
using test::check_layer;

TEST_CASE("Every layer keeps the layer contract", "[layers]") {
  check_layer(layers::Dense(4), {.input = {2, 3}, .output = {2, 4}, .weights = {{3, 4}, {4}}});
  check_layer(layers::Dense(4, {.activation = "relu", .use_bias = false}),
              {.input = {2, 5, 3}, .output = {2, 5, 4}, .weights = {{3, 4}}});
  check_layer(layers::Activation("tanh"), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::ReLU({.max_value = 0.4, .negative_slope = 0.1}), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::LeakyReLU(0.1), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::ELU(0.7), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Softmax(), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Dropout(0.5), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Flatten(), {.input = {2, 3, 4}, .output = {2, 12}});
  check_layer(layers::Reshape({-1, 2}), {.input = {2, 3, 4}, .output = {2, 6, 2}});
  check_layer(layers::Rescaling(0.5, {.offset = 1.0}), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Normalization(),
              {.input = {2, 3}, .output = {2, 3}, .weights = {{3}, {3}, {}}, .trainable = 0});
  check_layer(layers::BatchNormalization(),
              {.input = {4, 3}, .output = {4, 3}, .weights = {{3}, {3}, {3}, {3}}, .trainable = 2});
  check_layer(layers::BatchNormalization({.axis = 1, .center = false}),
              {.input = {2, 3, 4, 4}, .output = {2, 3, 4, 4}, .weights = {{3}, {3}, {3}}, .trainable = 1});
  check_layer(layers::Conv2D(4, 3), {.input = {2, 6, 7, 3}, .output = {2, 4, 5, 4}, .weights = {{3, 3, 3, 4}, {4}}});
  check_layer(layers::Conv2D(4, {2, 3}, {.strides = 2, .padding = "same", .groups = 2, .use_bias = false}),
              {.input = {2, 6, 7, 2}, .output = {2, 3, 4, 4}, .weights = {{2, 3, 1, 4}}});
  check_layer(layers::Conv2D(4, 3, {.data_format = "channels_first", .dilation_rate = 2}),
              {.input = {2, 3, 6, 7}, .output = {2, 4, 2, 3}, .weights = {{3, 3, 3, 4}, {4}}});
  check_layer(layers::MaxPooling2D(), {.input = {2, 5, 6, 3}, .output = {2, 2, 3, 3}});
  check_layer(layers::MaxPooling2D(4, {.strides = 3, .padding = "same"}),
              {.input = {2, 11, 12, 3}, .output = {2, 4, 4, 3}});
  check_layer(layers::GlobalAveragePooling2D(), {.input = {2, 5, 6, 3}, .output = {2, 3}});
}

TEST_CASE("A layer refuses an input of another rank or width than it was built for", "[layers][errors]") {
  const layers::Dense dense(2, {.name = "d"});
  dense.build({none, 4});
  CHECK_THROWS_WITH(dense(at::zeros({2, 3})),
                    ContainsSubstring("expected axis -1 of the input's shape to have value 4"));
  CHECK_THROWS_WITH(dense(at::zeros({4})), ContainsSubstring("expected min_ndim=2, found ndim=1"));
  CHECK_THROWS_WITH(layers::Conv2D(1, 3)(at::zeros({2, 8, 8})), ContainsSubstring("expected ndim=4, found ndim=3"));
}

TEST_CASE("What LibTorch itself refuses is told with the layer's path and shapes, without a backtrace",
          "[layers][errors]") {
  Sequential inner({layers::Activation(
                       [](const at::Tensor& x) {
                         return x.matmul(at::zeros({7, 7}));
                       },
                       {.name = "odd"})},
                   {.name = "inner"});
  Sequential model({inner}, {.name = "outer"});

  std::string message;
  try {
    model(at::zeros({2, 3}));
  } catch (const ValueError& error) {
    message = error.what();
  }

  CHECK_THAT(message, ContainsSubstring("calling layer 'outer/inner/odd' (of type Activation)"));
  CHECK_THAT(message, ContainsSubstring("input of shape (2, 3)"));
  CHECK(message.find("frame #") == std::string::npos);
  CHECK(message.size() < 600);
}
