// Numbers of Keras 3.15.1 (torch backend): `layer(some(shape))` after `layer.set_weights([some(w.shape) for w in
// layer.weights])`, with `some(shape) = (np.sin(np.arange(1, n + 1, dtype="float32")) / 2).reshape(shape)`.

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::filled_output;

TEST_CASE("Convolutions keep the layer contract", "[layers][convolution]") {
  check_layer(layers::Conv1D(4, 3), {.input = {2, 6, 3}, .output = {2, 4, 4}, .weights = {{3, 3, 4}, {4}}});
  check_layer(layers::Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2, .activation = "relu"}),
              {.input = {2, 6, 3}, .output = {2, 6, 4}, .weights = {{3, 3, 4}, {4}}});
  check_layer(layers::Conv2D(4, 3), {.input = {2, 6, 7, 3}, .output = {2, 4, 5, 4}, .weights = {{3, 3, 3, 4}, {4}}});
  check_layer(layers::Conv2D(4, {2, 3}, {.strides = 2, .padding = "same", .groups = 2, .use_bias = false}),
              {.input = {2, 6, 7, 2}, .output = {2, 3, 4, 4}, .weights = {{2, 3, 1, 4}}});
  check_layer(layers::Conv2D(4, 3, {.data_format = "channels_first", .dilation_rate = 2}),
              {.input = {2, 3, 6, 7}, .output = {2, 4, 2, 3}, .weights = {{3, 3, 3, 4}, {4}}});
  check_layer(layers::Conv3D(2, {1, 2, 3}, {.strides = {2, 1, 1}}),
              {.input = {2, 5, 6, 7, 3}, .output = {2, 3, 5, 5, 2}, .weights = {{1, 2, 3, 3, 2}, {2}}});
}

TEST_CASE("Transposed convolutions keep the layer contract", "[layers][convolution]") {
  check_layer(layers::Conv1DTranspose(4, 3, {.strides = 2}),
              {.input = {2, 3, 2}, .output = {2, 7, 4}, .weights = {{3, 4, 2}, {4}}});
  check_layer(layers::Conv2DTranspose(2, 3, {.strides = 2, .padding = "same", .use_bias = false}),
              {.input = {2, 3, 4, 5}, .output = {2, 6, 8, 2}, .weights = {{3, 3, 2, 5}}});
  check_layer(layers::Conv2DTranspose(2, 3, {.strides = 2, .output_padding = 1, .data_format = "channels_first"}),
              {.input = {2, 5, 3, 4}, .output = {2, 2, 8, 10}, .weights = {{3, 3, 2, 5}, {2}}});
  check_layer(layers::Conv3DTranspose(2, 2, {.data_format = "channels_last", .output_padding = 0}),
              {.input = {2, 3, 4, 2, 3}, .output = {2, 4, 5, 3, 2}, .weights = {{2, 2, 2, 2, 3}, {2}}});
}

TEST_CASE("Depthwise and separable convolutions keep the layer contract", "[layers][convolution]") {
  check_layer(layers::DepthwiseConv1D(3, {.depth_multiplier = 2}),
              {.input = {2, 6, 3}, .output = {2, 4, 6}, .weights = {{3, 3, 2}, {6}}});
  check_layer(layers::DepthwiseConv2D({2, 3}, {.strides = 2, .padding = "same", .use_bias = false}),
              {.input = {2, 5, 6, 3}, .output = {2, 3, 3, 3}, .weights = {{2, 3, 3, 1}}});
  check_layer(layers::DepthwiseConv2D(2, {.data_format = "channels_first"}),
              {.input = {2, 3, 5, 6}, .output = {2, 3, 4, 5}, .weights = {{2, 2, 3, 1}, {3}}});
  check_layer(layers::SeparableConv1D(5, 3, {.depth_multiplier = 2}),
              {.input = {2, 6, 3}, .output = {2, 4, 5}, .weights = {{3, 3, 2}, {1, 6, 5}, {5}}});
  check_layer(layers::SeparableConv2D(4, 2, {.padding = "same", .use_bias = false}),
              {.input = {2, 5, 6, 3}, .output = {2, 5, 6, 4}, .weights = {{2, 2, 3, 1}, {1, 1, 3, 4}}});
}

TEST_CASE("Conv2D pads 'same' at the end where strides leave an odd cell", "[layers][golden]") {
  check_close(filled_output(layers::Conv2D(1, 3, {.strides = 2, .padding = "same"}), {1, 4, 4, 1}),
              {0.842061, -0.38006, -0.0139173, 0.0343782});
}

TEST_CASE("Conv1D and Conv3D compute what Keras computes", "[layers][golden]") {
  check_close(filled_output(layers::Conv1D(2, 3, {.padding = "causal", .dilation_rate = 2}), {1, 5, 2}),
              {0.2801098, 0.2182281, 0.6244738, 0.5369756, 0.3394134, 0.7886744, 0.0829543, 0.0355344, 0.9922892,
               0.4886965});
  check_close(filled_output(layers::Conv1D(2, 2, {.strides = 2, .padding = "same", .groups = 2, .use_bias = false}),
                            {1, 5, 2}),
              {0.1819971, 0.3498929, -0.1785483, -0.2507052, 0.0866964, -0.1236692});
  check_close(filled_output(layers::Conv3D(1, 2, {.strides = 2, .padding = "same"}), {1, 3, 3, 3, 1}),
              {1.4734877, 0.6760056, 0.9200262, 0.6874669, 0.8195927, 0.564792, 0.566241, 0.6219262});
}

TEST_CASE("Transposed convolutions keep the cells that Keras keeps", "[layers][golden]") {
  check_close(filled_output(layers::Conv1DTranspose(1, 3, {.strides = 2, .padding = "same"}), {1, 3, 2}),
              {0.8044593, 0.278383, 0.0131383, 0.5689017, 0.1745255, 0.4397703});
  check_close(filled_output(layers::Conv1DTranspose(1, 2, {.strides = 3, .output_padding = 1}), {1, 3, 2}),
              {0.8044593, 0.278383, 0.4207355, 0.278383, 0.5689017, 0.4207355, 0.1554908, 0.4397703, 0.4207355});
  check_close(filled_output(layers::Conv1DTranspose(1, 2, {.strides = 3, .padding = "same"}), {1, 3, 1}),
              {0.5977539, 0.6120223, 0.4207355, 0.6120223, 0.6274409, 0.4207355, 0.4504226, 0.4528155, 0.4207355});
  check_close(filled_output(layers::Conv2DTranspose(
                                1, {3, 2}, {.strides = {2, 1}, .padding = "same", .output_padding = {{1, 0}}}),
                            {1, 2, 2, 1}),
              {0.8033092, 0.2936087, 0.0168419, 0.3673355});
  check_close(filled_output(layers::Conv2DTranspose(2, 2, {.padding = "same", .dilation_rate = 2}), {1, 2, 3, 1}),
              {0.2190088, 0.2366619, 0.3352555, 0.5343183, 0.3869047, 0.6360778, 0.2027487, 0.3911307, 0.5251135,
               0.65292, 0.5700846, 0.6795539});
  check_close(filled_output(layers::Conv3DTranspose(1, 2, {.strides = 2}), {1, 1, 2, 1, 2}),
              {0.8044593, 0.278383, 0.1554908, 0.7838495, 0.278383, 0.5689017, 0.4397703, 0.2567268, 0.3837627,
               0.0883937, 0.7343143, 0.4920877, 0.5382042, 0.4869758, 0.2481355, 0.4981492});
}

TEST_CASE("Depthwise and separable convolutions put the outputs of a channel side by side", "[layers][golden]") {
  check_close(filled_output(layers::DepthwiseConv1D(3, {.strides = 2, .padding = "same", .depth_multiplier = 2}),
                            {1, 4, 2}),
              {0.4651254, 0.7664965, 0.0481909, -0.7001464, 0.0615087, 0.1907688, 0.223201, -0.0808282});
  check_close(filled_output(layers::DepthwiseConv2D(2, {.padding = "same"}), {1, 2, 3, 2}),
              {0.5129216, 0.6008732, 0.1535491, 0.2407609, 0.4587375, 0.4286125, 0.5734838, 0.782483, 0.4721523,
               0.4324994, 0.2103698, 0.3326726});
  check_close(filled_output(layers::SeparableConv1D(2, 2, {.dilation_rate = 2, .depth_multiplier = 2}), {1, 4, 2}),
              {0.537564, 0.4245539, 0.4282959, 0.5746769});
  check_close(filled_output(layers::SeparableConv2D(1, {2, 3}, {.strides = 2, .padding = "same"}), {1, 3, 4, 2}),
              {0.6145048, 0.4180541, 0.0976129, 0.5592092});
}

// Sequences and images from a model are views with the channels moved; LibTorch must take them as they come.
TEST_CASE("Both data formats of a convolution give the same values", "[layers][convolution]") {
  const layers::SeparableConv2D last(4, 3, {.padding = "same", .depth_multiplier = 2});
  const layers::SeparableConv2D first(4, 3,
                                      {.padding = "same", .data_format = "channels_first", .depth_multiplier = 2});
  const at::Tensor image = test::some_input({2, 5, 4, 3});
  test::fill(last, {none, 5, 4, 3});
  test::fill(first, {none, 3, 5, 4});

  CHECK(last(image).allclose(first(image.movedim(-1, 1)).movedim(1, -1), 1e-6, 1e-7));
}

TEST_CASE("Convolutions refuse arguments in the words of Keras", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::Conv1D(0, 3),
                    Equals("Invalid value for argument `filters`. Expected a strictly positive value. Received "
                           "filters=0."));
  CHECK_THROWS_WITH(layers::Conv2D(2, {3, 0}),
                    Equals("The `kernel_size` argument must be a tuple of 2 integers. Received kernel_size=(3, 0), "
                           "including values {0} that do not satisfy `value > 0`"));
  CHECK_THROWS_WITH(layers::Conv2D(2, 3, {.padding = "causal"}),
                    Equals("The `padding` argument must be one of 'valid', 'same'. Received: causal"));
  CHECK_THROWS_WITH(layers::Conv3D(3, 1, {.groups = 2}),
                    ContainsSubstring("must be evenly divisible by the number of groups"));
  CHECK_THROWS_WITH(layers::Conv3D(2, 1, {.groups = 0}), ContainsSubstring("must be a positive integer"));
  CHECK_THROWS_WITH(layers::Conv1D(2, 3, {.strides = 2, .dilation_rate = 2}),
                    Equals("`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
                           "strides=(2,) and dilation_rate=(2,)"));
  CHECK_THROWS_WITH(layers::Conv2DTranspose(2, 3, {.strides = 2, .output_padding = 2}),
                    ContainsSubstring("`output_padding` must be strictly less than `strides` for all dimensions. At "
                                      "dimension 0, `output_padding` is 2 but `strides` is 2."));
  CHECK_THROWS_WITH(layers::DepthwiseConv2D(3, {.depth_multiplier = 0}),
                    ContainsSubstring("`depth_multiplier`. Expected a strictly positive value"));
}

TEST_CASE("Convolutions refuse inputs that do not fit", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::Conv1D(2, 5)(at::zeros({1, 4, 3})),
                    ContainsSubstring("output size would be zero or negative: a window of (5,) does not fit"));
  CHECK_THROWS_WITH(layers::Conv1D(2, 1, {.groups = 2})(at::zeros({1, 4, 3})),
                    ContainsSubstring("Received groups=2, but the input has 3 channels"));
  CHECK_THROWS_WITH(layers::Conv3D(2, 1)(at::zeros({1, 4, 4, 3})), ContainsSubstring("expected ndim=5, found ndim=4"));
  CHECK_THROWS_WITH(layers::DepthwiseConv1D(2).build({none, 4, none}),
                    ContainsSubstring("The channel dimension of the inputs should be defined"));
  const layers::Conv1DTranspose built(2, 3);
  built.build({none, none, 4});
  CHECK_THROWS_WITH(built(at::zeros({1, 5, 3})), ContainsSubstring("expected axis 2 of the input's shape to have"));
}
