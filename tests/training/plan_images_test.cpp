#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "training/planned_and_eager.h"

using namespace keraslike;
using namespace test;

namespace {

// Plain gradient descent: its weights show gradients as they are, where Adam shows little more than their sign.
Problem of_images(const Shape& sizes, MakeLayers middle, int64_t batch_size = 4) {
  const auto layers = [=] {
    Layers all{Input(sizes)};
    for (const auto& layer : middle()) all.push_back(layer);
    all.emplace_back(layers::Flatten());
    all.emplace_back(layers::Dense(3));
    return all;
  };
  return {.layers = layers,
          .x = some_input(sizes.with_batch(11)),
          .optimizer = optimizers::SGD(0.01),
          .batch_size = batch_size};
}

// A layer of its own in front, so that there is a gradient of the input.
Problem behind_dense(const Shape& sizes, const MakeLayers& middle, int64_t batch_size = 4) {
  return of_images(sizes, [=] {
    Layers all{layers::Dense(sizes.dim(-1), "tanh")};
    for (const auto& layer : middle()) all.push_back(layer);
    return all;
  }, batch_size);
}

using Case = std::tuple<std::string, Shape, MakeLayers>;

}  // namespace

TEST_CASE("A planned step trains convolutions with each option as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"plain", {7, 6, 3}, [] { return Layers{layers::Conv2D(5, 3)}; }},
      {"same", {7, 6, 3}, [] { return Layers{layers::Conv2D(5, 3, {.padding = "same"})}; }},
      {"same on one side", {7, 6, 3}, [] { return Layers{layers::Conv2D(5, {2, 4}, {.padding = "same"})}; }},
      {"strides", {8, 7, 3}, [] { return Layers{layers::Conv2D(5, 3, {.strides = {2, 3}})}; }},
      {"strides, same", {8, 7, 3}, [] { return Layers{layers::Conv2D(5, 3, {.strides = 2, .padding = "same"})}; }},
      {"strides over cells", {9, 8, 3}, [] { return Layers{layers::Conv2D(5, 2, {.strides = 3})}; }},
      {"strides, same, over cells",
       {9, 8, 3},
       [] { return Layers{layers::Conv2D(5, 1, {.strides = 3, .padding = "same"})}; }},
      {"dilation", {8, 9, 3}, [] { return Layers{layers::Conv2D(5, 3, {.dilation_rate = {2, 3}})}; }},
      {"dilation, same",
       {5, 6, 3},
       [] { return Layers{layers::Conv2D(5, 3, {.padding = "same", .dilation_rate = 2})}; }},
      {"as large as the image", {4, 5, 3}, [] { return Layers{layers::Conv2D(5, {4, 5})}; }},
      {"as wide as the image", {6, 3, 2}, [] { return Layers{layers::Conv2D(5, 3)}; }},
      {"one cell", {5, 4, 3}, [] { return Layers{layers::Conv2D(5, 1)}; }},
      {"groups", {6, 5, 16}, [] { return Layers{layers::Conv2D(24, 3, {.padding = "same", .groups = 2})}; }},
      {"small groups", {6, 5, 4}, [] { return Layers{layers::Conv2D(4, 3, {.groups = 4})}; }},
      {"no bias", {6, 5, 3}, [] { return Layers{layers::Conv2D(5, 3, {.use_bias = false})}; }},
      {"relu", {6, 5, 3}, [] { return Layers{layers::Conv2D(20, 3, {.activation = "relu"})}; }},
      {"relu, no bias",
       {6, 5, 3},
       [] { return Layers{layers::Conv2D(5, 3, {.activation = "relu", .use_bias = false})}; }},
      {"tanh", {6, 5, 3}, [] { return Layers{layers::Conv2D(5, 3, {.activation = "tanh"})}; }},
      {"softmax", {6, 5, 3}, [] { return Layers{layers::Conv2D(5, 3, {.activation = "softmax"})}; }},
      {"gelu", {6, 5, 3}, [] { return Layers{layers::Conv2D(5, 3, {.activation = "gelu"})}; }},
      {"many filters", {5, 5, 3}, [] { return Layers{layers::Conv2D(100, 2), layers::Conv2D(65, 2)}; }},
      {"frozen",
       {6, 5, 3},
       [] { return Layers{layers::Conv2D(5, 3, {.trainable = false}), layers::Conv2D(4, 2, {.activation = "relu"})}; }},
      {"penalties",
       {6, 5, 3},
       [] { return Layers{layers::Conv2D(5, 3, {.kernel_regularizer = "l2", .bias_regularizer = "l1"})}; }},
      {"channels first",
       {3, 6, 5},
       [] { return Layers{layers::Conv2D(4, 3, {.data_format = "channels_first", .activation = "relu"})}; }},
      {"adapted", {6, 5, 3}, [] { return Layers{layers::Conv2D(4, 3, {.lora_rank = 2})}; }},
      {"1D", {9, 3}, [] { return Layers{layers::Conv1D(5, 3, {.strides = 2}), layers::Conv1D(4, 2)}; }},
      {"1D, causal",
       {9, 3},
       [] { return Layers{layers::Conv1D(5, 3, {.padding = "causal", .dilation_rate = 2, .activation = "relu"})}; }},
      {"3D",
       {4, 5, 6, 2},
       [] { return Layers{layers::Conv3D(4, {2, 3, 3}, {.strides = {1, 2, 2}, .padding = "same"}), layers::Conv3D(3, 2)}; }},
  }));
  const bool is_first = GENERATE(true, false);
  const int64_t batch_size = GENERATE(4, 1);
  INFO(name << (is_first ? ", first" : "") << ", batches of " << batch_size);

  check_same([&] { return is_first ? of_images(sizes, make, batch_size) : behind_dense(sizes, make, batch_size); });
}

TEST_CASE("A planned step trains transposed convolutions as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"plain", {4, 5, 3}, [] { return Layers{layers::Conv2DTranspose(5, 3)}; }},
      {"same", {4, 5, 3}, [] { return Layers{layers::Conv2DTranspose(5, 3, {.padding = "same"})}; }},
      {"strides",
       {4, 5, 3},
       [] { return Layers{layers::Conv2DTranspose(20, 3, {.strides = 2, .activation = "relu"})}; }},
      {"strides, same",
       {4, 5, 3},
       [] { return Layers{layers::Conv2DTranspose(5, {3, 2}, {.strides = {2, 3}, .padding = "same"})}; }},
      {"strides over cells", {4, 5, 3}, [] { return Layers{layers::Conv2DTranspose(5, 2, {.strides = 3})}; }},
      {"more at the end",
       {4, 5, 3},
       [] {
         return Layers{layers::Conv2DTranspose(5, 3, {.strides = 2, .padding = "same", .output_padding = {{1, 0}}})};
       }},
      {"dilation",
       {4, 5, 3},
       [] { return Layers{layers::Conv2DTranspose(5, 3, {.dilation_rate = 2, .activation = "tanh"})}; }},
      {"no bias", {4, 5, 3}, [] { return Layers{layers::Conv2DTranspose(5, 3, {.use_bias = false})}; }},
      {"1D, frozen", {5, 3}, [] { return Layers{layers::Conv1DTranspose(5, 3, {.strides = 2, .trainable = false})}; }},
      {"3D", {2, 3, 4, 2}, [] { return Layers{layers::Conv3DTranspose(3, 2, {.strides = 2})}; }},
      {"channels first",
       {3, 4, 5},
       [] { return Layers{layers::Conv2DTranspose(4, 3, {.data_format = "channels_first"})}; }},
  }));
  const bool is_first = GENERATE(true, false);
  INFO(name << (is_first ? ", first" : ""));

  check_same([&] { return is_first ? of_images(sizes, make) : behind_dense(sizes, make); });
}

TEST_CASE("A planned step trains convolutions of single channels as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"plain", {6, 5, 3}, [] { return Layers{layers::DepthwiseConv2D(3)}; }},
      {"many channels", {6, 5, 35}, [] { return Layers{layers::DepthwiseConv2D({2, 3}, {.activation = "relu"})}; }},
      {"strides, same",
       {7, 6, 3},
       [] { return Layers{layers::DepthwiseConv2D(3, {.strides = 2, .padding = "same"})}; }},
      {"dilation",
       {7, 6, 3},
       [] { return Layers{layers::DepthwiseConv2D(3, {.dilation_rate = 2, .use_bias = false})}; }},
      {"multiplied", {6, 5, 3}, [] { return Layers{layers::DepthwiseConv2D(3, {.depth_multiplier = 2})}; }},
      {"frozen", {6, 5, 3}, [] { return Layers{layers::DepthwiseConv2D(3, {.trainable = false})}; }},
      {"channels first",
       {3, 6, 5},
       [] { return Layers{layers::DepthwiseConv2D(3, {.data_format = "channels_first"})}; }},
      {"1D", {8, 3}, [] { return Layers{layers::DepthwiseConv1D(3, {.padding = "same", .activation = "tanh"})}; }},
      {"separable", {6, 5, 3}, [] { return Layers{layers::SeparableConv2D(5, 3)}; }},
      {"separable, strides, same",
       {7, 6, 3},
       [] { return Layers{layers::SeparableConv2D(20, 3, {.strides = 2, .padding = "same", .activation = "relu"})}; }},
      {"separable, frozen",
       {6, 5, 3},
       [] { return Layers{layers::SeparableConv2D(5, 3, {.use_bias = false, .trainable = false})}; }},
      {"separable, multiplied",
       {6, 5, 3},
       [] { return Layers{layers::SeparableConv2D(5, 3, {.depth_multiplier = 2})}; }},
      {"separable, 1D", {8, 3}, [] { return Layers{layers::SeparableConv1D(5, 3, {.activation = "tanh"})}; }},
  }));
  const bool is_first = GENERATE(true, false);
  INFO(name << (is_first ? ", first" : ""));

  check_same([&] { return is_first ? of_images(sizes, make) : behind_dense(sizes, make); });
}

TEST_CASE("A planned step pools as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"max", {6, 5, 3}, [] { return Layers{layers::MaxPooling2D(2)}; }},
      {"max, many channels", {6, 5, 35}, [] { return Layers{layers::MaxPooling2D(2)}; }},
      {"max, same", {6, 5, 3}, [] { return Layers{layers::MaxPooling2D(2, {.padding = "same"})}; }},
      {"max, same on both sides", {6, 5, 3}, [] { return Layers{layers::MaxPooling2D(3, {.padding = "same"})}; }},
      {"max that overlaps", {7, 6, 3}, [] { return Layers{layers::MaxPooling2D({3, 2}, {.strides = {{2, 1}}})}; }},
      {"max over cells", {8, 7, 3}, [] { return Layers{layers::MaxPooling2D(2, {.strides = 3})}; }},
      {"max of many cells", {18, 17, 2}, [] { return Layers{layers::MaxPooling2D(17)}; }},
      {"max, 1D", {7, 3}, [] { return Layers{layers::MaxPooling1D(3, {.strides = 2, .padding = "same"})}; }},
      {"max, 3D", {4, 5, 4, 2}, [] { return Layers{layers::MaxPooling3D(2, {.padding = "same"})}; }},
      {"max, channels first",
       {3, 6, 5},
       [] { return Layers{layers::MaxPooling2D(2, {.data_format = "channels_first"})}; }},
      {"average", {6, 5, 3}, [] { return Layers{layers::AveragePooling2D(2)}; }},
      {"average, same", {6, 5, 3}, [] { return Layers{layers::AveragePooling2D(2, {.padding = "same"})}; }},
      {"average, same on both sides",
       {7, 5, 3},
       [] { return Layers{layers::AveragePooling2D(3, {.strides = 1, .padding = "same"})}; }},
      {"average that overlaps",
       {7, 6, 20},
       [] { return Layers{layers::AveragePooling2D({3, 2}, {.strides = {{2, 1}}})}; }},
      {"average, 1D", {7, 3}, [] { return Layers{layers::AveragePooling1D(3, {.strides = 2, .padding = "same"})}; }},
      {"average, 3D", {4, 5, 4, 2}, [] { return Layers{layers::AveragePooling3D(2, {.padding = "same"})}; }},
      {"average of all", {6, 5, 3}, [] { return Layers{layers::GlobalAveragePooling2D()}; }},
      {"average of all, kept", {6, 5, 3}, [] { return Layers{layers::GlobalAveragePooling2D({.keepdims = true})}; }},
      {"average of all, 1D", {6, 20}, [] { return Layers{layers::GlobalAveragePooling1D()}; }},
      {"average of all, 3D", {3, 2, 4, 2}, [] { return Layers{layers::GlobalAveragePooling3D()}; }},
      {"average of all, channels first",
       {3, 6, 5},
       [] { return Layers{layers::GlobalAveragePooling2D({.data_format = "channels_first"})}; }},
      {"most of all", {6, 5, 3}, [] { return Layers{layers::GlobalMaxPooling2D()}; }},
  }));
  const int64_t batch_size = GENERATE(4, 1);
  INFO(name << ", batches of " << batch_size);

  check_same([&] { return behind_dense(sizes, make, batch_size); });
}

TEST_CASE("A planned step gives equal maxima's gradient to the first, as autograd does", "[training][plan][images]") {
  check_same([] {
    Problem problem = behind_dense({6, 6, 3}, [] { return Layers{layers::ReLU(), layers::MaxPooling2D(2)}; });
    problem.x.narrow(1, 0, 4).zero_();
    return problem;
  });
}

TEST_CASE("A planned step normalizes by the batch as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"images", {4, 3, 5}, [] { return Layers{layers::BatchNormalization()}; }},
      {"many channels", {4, 3, 35}, [] { return Layers{layers::BatchNormalization({.momentum = 0.9})}; }},
      {"vectors", {7}, [] { return Layers{layers::BatchNormalization({.epsilon = 1e-2})}; }},
      {"no scale", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.scale = false})}; }},
      {"no center", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.center = false})}; }},
      {"neither", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.center = false, .scale = false})}; }},
      {"axis", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.axis = 1})}; }},
      {"the last axis", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.axis = 3})}; }},
      {"frozen", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.trainable = false})}; }},
      {"renorm", {4, 3, 5}, [] { return Layers{layers::BatchNormalization({.renorm = true})}; }},
      {"penalties",
       {4, 3, 5},
       [] { return Layers{layers::BatchNormalization({.beta_regularizer = "l1", .gamma_regularizer = "l2"})}; }},
  }));
  const bool is_first = GENERATE(true, false);
  INFO(name << (is_first ? ", first" : ""));

  check_same([&] { return is_first ? of_images(sizes, make) : behind_dense(sizes, make); });
}

TEST_CASE("A planned step normalizes each sample as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"images", {4, 3, 5}, [] { return Layers{layers::LayerNormalization()}; }},
      {"many channels", {3, 35}, [] { return Layers{layers::LayerNormalization({.epsilon = 1e-2})}; }},
      {"axes", {4, 3, 5}, [] { return Layers{layers::LayerNormalization({.axis = {-2, -1}})}; }},
      {"axis", {4, 3, 5}, [] { return Layers{layers::LayerNormalization({.axis = 1})}; }},
      {"no scale", {4, 3, 5}, [] { return Layers{layers::LayerNormalization({.scale = false})}; }},
      {"no center", {4, 3, 5}, [] { return Layers{layers::LayerNormalization({.center = false})}; }},
      {"frozen", {4, 3, 5}, [] { return Layers{layers::LayerNormalization({.trainable = false})}; }},
      {"groups", {4, 3, 6}, [] { return Layers{layers::GroupNormalization({.groups = 2})}; }},
      {"root mean square", {4, 3, 6}, [] { return Layers{layers::RMSNormalization()}; }},
  }));
  const bool is_first = GENERATE(true, false);
  INFO(name << (is_first ? ", first" : ""));

  check_same([&] { return is_first ? of_images(sizes, make) : behind_dense(sizes, make); });
}

TEST_CASE("A planned step moves and repeats cells as autograd does", "[training][plan][images]") {
  const auto [name, sizes, make] = GENERATE(values<Case>({
      {"padding", {4, 3, 5}, [] { return Layers{layers::ZeroPadding2D({{1, 2}, {0, 3}})}; }},
      {"padding, 1D", {4, 3}, [] { return Layers{layers::ZeroPadding1D(2)}; }},
      {"padding, channels first",
       {3, 4, 5},
       [] { return Layers{layers::ZeroPadding2D(1, {.data_format = "channels_first"})}; }},
      {"cropping", {4, 5, 3}, [] { return Layers{layers::Cropping2D({{1, 2}, {0, 3}})}; }},
      {"cropping, 3D", {4, 5, 3, 2}, [] { return Layers{layers::Cropping3D(1)}; }},
      {"repeating", {4, 5, 3}, [] { return Layers{layers::UpSampling2D({2, 3})}; }},
      {"repeating, 1D", {4, 3}, [] { return Layers{layers::UpSampling1D(3)}; }},
      {"repeating, channels first",
       {3, 4, 5},
       [] { return Layers{layers::UpSampling2D(2, {.data_format = "channels_first"})}; }},
      {"between cells", {4, 5, 3}, [] { return Layers{layers::UpSampling2D(2, {.interpolation = "bilinear"})}; }},
      {"permuting", {4, 5, 3}, [] { return Layers{layers::Permute({3, 1, 2})}; }},
  }));
  const bool is_first = GENERATE(true, false);
  INFO(name << (is_first ? ", first" : ""));

  check_same([&] { return is_first ? of_images(sizes, make) : behind_dense(sizes, make); });
}

// Of so many numbers some are so near to 0 that rounding decides what relu does: tanh has no such places.
TEST_CASE("A planned step trains a network of convolutions as autograd does", "[training][plan][images]") {
  check_same([] {
    return of_images({28, 26, 1}, [] {
      return Layers{layers::Conv2D(32, 3, {.activation = "tanh"}),
                    layers::BatchNormalization(),
                    layers::AveragePooling2D(2),
                    layers::Conv2D(64, 3, {.padding = "same", .activation = "tanh"}),
                    layers::AveragePooling2D(3, {.padding = "same"})};
    }, 6);
  });
}

TEST_CASE("Planned and eager models of images predict alike", "[training][plan][images]") {
  const auto predict = [](bool run_eagerly) {
    set_random_seed(5);
    Sequential model({Input({9, 8, 3}), layers::Conv2D(20, 3, {.padding = "same", .activation = "relu"}),
                      layers::BatchNormalization(), layers::MaxPooling2D(2),
                      layers::Conv2DTranspose(4, 3, {.strides = 2}),
                      layers::GlobalAveragePooling2D()});
    model.compile({.loss = "mse", .run_eagerly = run_eagerly});
    model.fit(some_input({11, 9, 8, 3}), some_input({11, 4}), {.batch_size = 4, .verbose = 0});
    return model.predict(some_input({5, 9, 8, 3}), {.batch_size = 2, .verbose = 0}).tensor();
  };

  CHECK(at::allclose(predict(false), predict(true), 1e-4, 1e-5));
}

TEST_CASE("A planned step on images gives the same numbers on any number of threads", "[training][plan][images]") {
  const auto weights_with = [](int64_t threads) {
    const int64_t before = config::num_threads();
    config::set_num_threads(threads);
    const Run run = train(of_images({28, 26, 1}, [] {
      return Layers{layers::Conv2D(32, 3, {.activation = "relu"}), layers::BatchNormalization(),
                    layers::MaxPooling2D(2), layers::Conv2D(20, 3, {.activation = "relu"}),
                    layers::AveragePooling2D(2)};
    }, 8), true, false);
    config::set_num_threads(before);
    return run.weights;
  };

  const auto one = weights_with(1);
  const auto two = weights_with(2);

  for (size_t i = 0; i < one.size(); ++i) CHECK(at::equal(one[i].tensor(), two[i].tensor()));
}
