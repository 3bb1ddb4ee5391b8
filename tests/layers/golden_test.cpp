// Numbers of Keras 3.15.1 (torch backend). Weights and inputs are filled with sin(k + 1) / 2, k counting row by row.

#include <cmath>

#include "support/check_layer.h"

using namespace keraslike;

namespace {

void fill(const Layer& layer, const Shape& input) {
  layer.build(input);
  std::vector<Array> weights;
  for (const auto& weight : layer->weights()) weights.emplace_back(test::some_input(weight->shape));
  layer.set_weights(weights);
}

void check_close(const at::Tensor& got, const std::vector<double>& want) {
  const at::Tensor flat = got.contiguous().reshape(-1).to(at::kDouble);
  REQUIRE(flat.numel() == static_cast<int64_t>(want.size()));
  for (size_t i = 0; i < want.size(); ++i) {
    CHECK(std::abs(flat[static_cast<int64_t>(i)].item<double>() - want[i]) <= 1e-6 * std::max(1.0, std::abs(want[i])));
  }
}

}  // namespace

TEST_CASE("Conv2D pads 'same' at the end where strides leave an odd cell", "[layers][golden]") {
  const layers::Conv2D conv(1, 3, {.strides = 2, .padding = "same"});
  fill(conv, {none, 4, 4, 1});
  check_close(conv(test::some_input({1, 4, 4, 1})), {0.842061, -0.38006, -0.0139173, 0.0343782});
}

TEST_CASE("BatchNormalization normalises with the biased batch variance and follows it", "[layers][golden]") {
  const layers::BatchNormalization norm;
  const at::Tensor output = norm(at::tensor({1.0f, 2.0f, 4.0f}).reshape({3, 1}), {.training = true});
  check_close(output, {-1.0687013, -0.2671753, 1.3358767});
  CHECK(norm.get_weights()[2](0) == Approx(0.0233333).epsilon(1e-5));
  CHECK(norm.get_weights()[3](0) == Approx(1.0055555).epsilon(1e-6));
}

TEST_CASE("BatchNormalization that is not trainable uses its moving statistics in training too", "[layers][golden]") {
  const layers::BatchNormalization norm;
  norm.build({none, 2});
  norm.set_trainable(false);
  const auto before = norm.get_weights();
  const at::Tensor input = test::some_input({4, 2});

  const at::Tensor output = norm(input, {.training = true});

  CHECK(output.allclose(input / std::sqrt(1.0 + 1e-3)));
  CHECK(norm.get_weights() == before);
}

TEST_CASE("Dropout with a seed draws what Keras draws", "[layers][golden]") {
  const layers::Dropout dropout(0.5, {.seed = 3});
  const at::Tensor ones = at::ones({2, 4});
  check_close(dropout(ones, {.training = true}), {2, 2, 2, 2, 2, 2, 0, 0});
  check_close(dropout(ones, {.training = true}), {0, 0, 2, 2, 2, 2, 0, 0});
  CHECK(dropout(ones).equal(ones));
}

TEST_CASE("Initial weights after set_random_seed are those of Keras' torch backend", "[layers][golden]") {
  set_random_seed(42);
  const layers::Dense dense(3);
  dense.build({none, 4});
  check_close(dense.get_weights()[0].tensor(),
              {0.7328866, 0.8019049, 0.5205452, -0.3166765, -0.5486046, 0.8373376, 0.0532570, -0.8318714, 0.6226765,
               -0.5439356, -0.3425007, 0.6090044});
}

TEST_CASE("Normalization learns the mean and the biased variance of the rows", "[layers]") {
  const layers::Normalization norm;
  norm.adapt({{1.0, 10.0}, {2.0, 20.0}, {6.0, 30.0}});
  check_close(norm.get_weights()[0].tensor(), {3.0, 20.0});
  check_close(norm.get_weights()[1].tensor(), {14.0 / 3.0, 200.0 / 3.0});
  check_close(norm(at::tensor({3.0f, 30.0f}).reshape({1, 2})), {0.0, 10.0 / std::sqrt(200.0 / 3.0)});
}

TEST_CASE("Flatten runs through rows, columns, channels, whatever the data format", "[layers]") {
  const at::Tensor image = at::arange(12, at::kFloat).reshape({1, 2, 2, 3});
  check_close(layers::Flatten()(image), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(layers::Flatten({.data_format = "channels_first"})(image.movedim(-1, 1)).equal(layers::Flatten()(image)));
}

TEST_CASE("A Dense kernel seen from LibTorch is the transposed one of a Linear", "[layers]") {
  const layers::Dense dense(2);
  dense.build({none, 3});
  const auto parameters = dense.module().named_parameters();
  CHECK(parameters["linear.weight"].sizes() == at::IntArrayRef({2, 3}));
  CHECK(parameters["linear.weight"].t().equal(dense.get_weights()[0].tensor()));
}
