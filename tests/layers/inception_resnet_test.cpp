#include "keraslike/layers/inception_resnet.h"

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "data/files.h"
#include "support/captured.h"
#include "support/check_layer.h"
#include "support/catch.h"

using namespace keraslike;

TEST_CASE("CustomScaleLayer adds so many times its second input to the first", "[layers]") {
  const at::Tensor x = test::some_input({2, 3, 4});
  const at::Tensor residual = test::some_input({2, 3, 4}) * 3;
  const Input left({3, 4});
  const Input right({3, 4});
  const Input narrow({4});

  Model model({.inputs = {left, right}, .outputs = layers::CustomScaleLayer(0.17)({left, right})});

  CHECK(model.predict({x, residual}, {.verbose = 0}).tensor().equal(x + residual * 0.17));
  CHECK(layers::CustomScaleLayer(2.0)({left, narrow}).only().shape() == Shape{none, 3, 4});
}

// keras.saving.serialize_keras_object(CustomScaleLayer(0.17, name="s")) with Keras 3.15.1.
TEST_CASE("CustomScaleLayer is written as the class of keras.applications, and read", "[layers][saving]") {
  const tests::TemporaryFolder folder;
  const Input left({3});
  const Input right({3});
  Model model({.inputs = {left, right}, .outputs = layers::CustomScaleLayer(0.17, {.name = "s"})({left, right})});
  const at::Tensor x = test::some_input({2, 3});

  CHECK_THAT(model.to_json(),
             ContainsSubstring(R"("module": "keras.src.applications.inception_resnet_v2", )"
                               R"("class_name": "CustomScaleLayer", "config": {"name": "s", "trainable": true, )"
                               R"("dtype": {"module": "keras", "class_name": "DTypePolicy", "config": )"
                               R"({"name": "float32"}, "registered_name": null}, "scale": 0.17}, )"
                               R"("registered_name": "CustomScaleLayer")"));
  model.save(folder.file("m.keras"));
  CHECK(models::load_model(folder.file("m.keras")).predict({x, x}, {.verbose = 0}) ==
        model.predict({x, x}, {.verbose = 0}));
}

TEST_CASE("CustomScaleLayer trains in a plan as on autograd", "[layers][plan]") {
  const auto trained = [](bool eagerly) {
    set_random_seed(1);
    const Input input({3});
    const auto hidden = layers::Dense(3, "tanh")(input);
    const auto sum = layers::CustomScaleLayer(0.3)({hidden, layers::Dense(3)(hidden)});
    Model model({.inputs = input, .outputs = sum});
    model.compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = eagerly});
    model.fit(test::some_input({8, 3}), test::some_input({8, 3}), {.epochs = 2, .verbose = 0});
    return model.predict(test::some_input({8, 3}), {.verbose = 0}).tensor();
  };

  CHECK(trained(false).allclose(trained(true), 1e-5, 1e-6));
}

TEST_CASE("CustomScaleLayer expects two inputs that broadcast", "[layers][errors]") {
  const layers::CustomScaleLayer layer(0.5, {.name = "s"});
  const Input one({3});

  CHECK_THROWS_WITH(layer(one), "A `CustomScaleLayer` layer should be called on exactly 2 inputs: "
                                "`CustomScaleLayer(scale)({x, residual})`. Received: 1 input tensors");
  CHECK_THROWS_WITH(
      layer({one, Input({4})}),
      "Inputs have incompatible shapes. Received shapes (None, 3) and (None, 4): sizes must be equal or 1.");
}
