#include "support/check_layer.h"

using namespace keraslike;
using test::check_layer;

TEST_CASE("Preprocessing layers keep the layer contract", "[layers]") {
  check_layer(layers::Rescaling(0.5, {.offset = 1.0}), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Normalization(),
              {.input = {2, 3}, .output = {2, 3}, .weights = {{3}, {3}, {}}, .trainable = 0});
}

// A class without a case above or in its family's file would go unseen.
TEST_CASE("Every registered layer can be made without arguments, for a config to fill", "[layers]") {
  for (const auto& name : registry<layers::LayerImpl>().classes()) {
    INFO(name);
    CHECK(Layer(registry<layers::LayerImpl>().make(name)).class_name() == name);
  }
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
