// Numbers of Keras 3.15.1 (torch backend), by the same calls in Python.

#include "keraslike/layers/preprocessing.h"

#include "keraslike/saving/config.h"

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;

TEST_CASE("Rescaling takes a number, or one for each channel", "[layers][preprocessing][golden]") {
  const layers::Rescaling channels({0.5, 2.0, -1.0}, {.offset = {1.0, 0.0, 0.25}});

  check_close(channels(Array{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}.tensor()), {1.5, 4.0, -2.75, 3.0, 10.0, -5.75});
  check_layer(layers::Rescaling({0.5, 2.0, -1.0}, {.offset = 0.5}), {.input = {2, 4, 3}, .output = {2, 4, 3}});
  check_layer(layers::Rescaling(NestedNumbers({2, 1}, {0.5, 2.0})), {.input = {3, 2, 4}, .output = {3, 2, 4}});
}

TEST_CASE("Rescaling rounds its numbers to the type that it computes in", "[layers][preprocessing][golden]") {
  const layers::Rescaling layer(1.0 / 255, {.dtype = "bfloat16"});

  CHECK(Array(layer(Array{3.f, 100.f, 255.f}.tensor())).astype(DType::Float32) ==
        Array{0.0118408203125f, 0.39453125f, 1.0f});
}

TEST_CASE("Rescaling makes floats of whole numbers", "[layers][preprocessing]") {
  CHECK(Array(layers::Rescaling(0.5)(Array{1, 2, 3}.tensor())) == Array{0.5f, 1.0f, 1.5f});
}

TEST_CASE("Rescaling reads NumPy's arrays in files", "[layers][preprocessing]") {
  const layers::Rescaling layer(1.0);
  saving::read_config(R"({"name": "r", "offset": [1, 0, 0.25], "scale": {"class_name": "__numpy__", "config":
      {"value": [0.5, 2.0, -1.0], "dtype": "float64"}}})", "r", [&](Fields& field) { layer->fields(field); });

  CHECK(layer.get_config() ==
        layers::Rescaling({0.5, 2.0, -1.0}, {.offset = {1.0, 0.0, 0.25}, .name = "r"}).get_config());
}

TEST_CASE("Rescaling refuses numbers that do not fit the input", "[layers][preprocessing][errors]") {
  const layers::Rescaling layer({0.5, 2.0, -1.0}, {.name = "r"});

  CHECK_THROWS_WITH(layer(Array{{1.f, 2.f}}.tensor()),
                    "Rescaling expects `scale` to be one number, or of sizes that the input's last axes have. Layer "
                    "'r' received: scale of shape (3,) for an input of shape (1, 2)");
  CHECK_THROWS_WITH(layers::Rescaling(none),
                    "Rescaling expects a number, or one for each channel, as `scale`. Received: none");
}
