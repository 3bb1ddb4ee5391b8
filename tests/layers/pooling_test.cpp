// Numbers of Keras 3.15.1 (torch backend): `layer(some(shape))` with `some(shape) = (np.sin(np.arange(1, n + 1,
// dtype="float32")) / 2).reshape(shape)`; where another source is named, its.

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::filled_output;

TEST_CASE("Pooling layers keep the layer contract", "[layers][pooling]") {
  check_layer(layers::MaxPooling1D(), {.input = {2, 5, 3}, .output = {2, 2, 3}});
  check_layer(layers::MaxPooling2D(), {.input = {2, 5, 6, 3}, .output = {2, 2, 3, 3}});
  check_layer(layers::MaxPooling2D(4, {.strides = 3, .padding = "same"}),
              {.input = {2, 11, 12, 3}, .output = {2, 4, 4, 3}});
  check_layer(layers::MaxPooling3D({1, 2, 3}, {.data_format = "channels_first"}),
              {.input = {2, 3, 4, 5, 6}, .output = {2, 3, 4, 2, 2}});
  check_layer(layers::AveragePooling1D(2, {.strides = 1, .padding = "same"}),
              {.input = {2, 5, 3}, .output = {2, 5, 3}});
  check_layer(layers::AveragePooling2D(3, {.strides = 1, .padding = "same"}),
              {.input = {2, 5, 6, 3}, .output = {2, 5, 6, 3}});
  check_layer(layers::AveragePooling3D(2), {.input = {2, 3, 4, 5, 2}, .output = {2, 1, 2, 2, 2}});
}

TEST_CASE("Global and adaptive pooling layers keep the layer contract", "[layers][pooling]") {
  check_layer(layers::GlobalAveragePooling1D(), {.input = {2, 5, 3}, .output = {2, 3}});
  check_layer(layers::GlobalAveragePooling2D(), {.input = {2, 5, 6, 3}, .output = {2, 3}});
  check_layer(layers::GlobalAveragePooling3D({.data_format = "channels_first", .keepdims = true}),
              {.input = {2, 3, 4, 5, 6}, .output = {2, 3, 1, 1, 1}});
  check_layer(layers::GlobalMaxPooling1D({.keepdims = true}), {.input = {2, 5, 3}, .output = {2, 1, 3}});
  check_layer(layers::GlobalMaxPooling2D({.data_format = "channels_first"}),
              {.input = {2, 3, 5, 6}, .output = {2, 3}});
  check_layer(layers::GlobalMaxPooling3D(), {.input = {2, 4, 5, 6, 3}, .output = {2, 3}});
  check_layer(layers::AdaptiveAveragePooling1D(3), {.input = {2, 7, 2}, .output = {2, 3, 2}});
  check_layer(layers::AdaptiveAveragePooling2D({3, 2}, {.data_format = "channels_first"}),
              {.input = {2, 2, 7, 5}, .output = {2, 2, 3, 2}});
  check_layer(layers::AdaptiveAveragePooling3D(2), {.input = {2, 3, 4, 5, 2}, .output = {2, 2, 2, 2, 2}});
  check_layer(layers::AdaptiveMaxPooling1D(3), {.input = {2, 7, 2}, .output = {2, 3, 2}});
  check_layer(layers::AdaptiveMaxPooling2D(2), {.input = {2, 7, 5, 3}, .output = {2, 2, 2, 3}});
  check_layer(layers::AdaptiveMaxPooling3D(2), {.input = {2, 3, 4, 5, 2}, .output = {2, 2, 2, 2, 2}});
}

TEST_CASE("Pooling layers compute what Keras computes", "[layers][golden]") {
  check_close(filled_output(layers::MaxPooling1D(3, {.strides = 2, .padding = "same"}), {1, 6, 2}),
              {0.4207355, 0.4546487, 0.3284933, 0.4946791, 0.2060592, -0.2682865});
  check_close(filled_output(layers::MaxPooling3D(2), {1, 2, 4, 2, 1}), {0.4546487, 0.4953037});
  check_close(filled_output(layers::AveragePooling2D(2), {1, 2, 4, 1}), {0.0640536, 0.1288328});
  check_close(filled_output(layers::AveragePooling3D({1, 2, 2}, {.strides = 1}), {1, 2, 3, 2, 1}),
              {0.1418857, -0.2317528, 0.1893053, -0.2085582});
  check_close(filled_output(layers::GlobalAveragePooling1D(), {2, 3, 2}),
              {0.0039445, -0.0211534, 0.0115191, -0.015206});
  check_close(filled_output(layers::GlobalMaxPooling1D({.data_format = "channels_first"}), {2, 2, 3}),
              {0.4546487, -0.1397077, 0.4946791, -0.2682865});
  check_close(filled_output(layers::GlobalMaxPooling3D({.keepdims = true}), {1, 2, 3, 2, 2}), {0.4207355, 0.4953037});
  check_close(filled_output(layers::AdaptiveAveragePooling1D(3), {1, 5, 2}),
              {0.2456478, 0.0381237, -0.0268029, -0.0078099, 0.2672763, 0.1113343});
  check_close(filled_output(layers::AdaptiveMaxPooling2D({2, 1}), {1, 3, 4, 1}), {0.4946791, 0.4946791});
}

TEST_CASE("AveragePooling leaves padding out of the mean", "[layers][pooling]") {
  check_close(filled_output(layers::AveragePooling1D(3, {.strides = 1, .padding = "same"}), {1, 4, 1}),
              {0.4376921, 0.3153147, 0.0489358, -0.1539206});
  // One cell of padding, at the end: (x1 + x2 + x3) / 3, (x3 + x4) / 2. Keras' torch backend counts the padding.
  check_close(filled_output(layers::AveragePooling1D(3, {.strides = 2, .padding = "same"}), {1, 4, 1}),
              {0.3153147, -0.1539206});
  CHECK(layers::AveragePooling2D(2, {.strides = 1, .padding = "same"})(at::ones({1, 3, 4, 2}))
            .equal(at::ones({1, 3, 4, 2})));
}

TEST_CASE("MaxPooling never takes padding for the greatest value", "[layers][pooling]") {
  const at::Tensor negative = at::full({1, 5, 5, 1}, -3.0);
  CHECK(layers::MaxPooling2D(3, {.strides = 2, .padding = "same"})(negative).equal(at::full({1, 3, 3, 1}, -3.0)));
  CHECK(layers::MaxPooling2D(2, {.strides = 2, .padding = "same"})(negative).equal(at::full({1, 3, 3, 1}, -3.0)));
}

TEST_CASE("Equal greatest values share the gradient of GlobalMaxPooling", "[layers][pooling]") {
  const at::Tensor x = at::ones({1, 4, 1}).requires_grad_();
  layers::GlobalMaxPooling1D()(x).sum().backward();
  CHECK(x.grad().equal(at::full({1, 4, 1}, 0.25)));
}

TEST_CASE("Pooling layers refuse arguments and inputs that do not fit", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::MaxPooling2D({2, 0}),
                    Equals("The `pool_size` argument must be a tuple of 2 integers. Received pool_size=(2, 0), "
                           "including values {0} that do not satisfy `value > 0`"));
  CHECK_THROWS_WITH(layers::AveragePooling1D(2, {.strides = -1}), StartsWith("The `strides` argument must be"));
  CHECK_THROWS_WITH(layers::AveragePooling1D(2, {.padding = "causal"}), StartsWith("The `padding` argument must be"));
  CHECK_THROWS_WITH(layers::AdaptiveMaxPooling1D(0), StartsWith("The `output_size` argument must be"));
  CHECK_THROWS_WITH(layers::GlobalMaxPooling2D({.data_format = "last"}), StartsWith("The `data_format` argument"));
  CHECK_THROWS_WITH(layers::MaxPooling1D(4)(at::zeros({1, 3, 1})), ContainsSubstring("a window of (4,) does not fit"));
  CHECK_THROWS_WITH(layers::GlobalAveragePooling1D()(at::zeros({1, 3})),
                    ContainsSubstring("expected ndim=3, found ndim=2"));
}
