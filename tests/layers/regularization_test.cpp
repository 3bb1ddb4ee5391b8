// Numbers of Keras 3.15.1 (torch backend): `layer(x, training=True)` of a layer with the seed that stands here, first
// and second call.

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;

namespace {

at::Tensor trained(const Layer& layer, const at::Tensor& x) { return layer(x, {.training = true}); }

}  // namespace

TEST_CASE("Regularization layers keep the layer contract", "[layers][regularization]") {
  check_layer(layers::Dropout(0.5), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Dropout(0.5, {.noise_shape = Shape{none, 1, 3}, .seed = 1}),
              {.input = {2, 4, 3}, .output = {2, 4, 3}});
  check_layer(layers::SpatialDropout1D(0.5), {.input = {2, 4, 3}, .output = {2, 4, 3}});
  check_layer(layers::SpatialDropout2D(0.5, {.data_format = "channels_first", .seed = 1}),
              {.input = {2, 4, 3, 3}, .output = {2, 4, 3, 3}});
  check_layer(layers::SpatialDropout3D(0.5), {.input = {2, 4, 3, 2, 3}, .output = {2, 4, 3, 2, 3}});
  check_layer(layers::GaussianNoise(0.5), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::GaussianDropout(0.5), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::AlphaDropout(0.5, {.noise_shape = Shape{none, 1}}), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::ActivityRegularization({.l1 = 0.1}), {.input = {2, 3}, .output = {2, 3}});
}

TEST_CASE("Dropout with a seed draws what Keras draws", "[layers][golden]") {
  const layers::Dropout dropout(0.5, {.seed = 3});
  const at::Tensor ones = at::ones({2, 4});
  check_close(trained(dropout, ones), {2, 2, 2, 2, 2, 2, 0, 0});
  check_close(trained(dropout, ones), {0, 0, 2, 2, 2, 2, 0, 0});
  CHECK(dropout(ones).equal(ones));

  const layers::Dropout shared(0.5, {.noise_shape = Shape{none, 1, none}, .seed = 3});
  check_close(trained(shared, at::ones({2, 2, 3})), {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2});
  check_close(trained(shared, at::ones({2, 2, 3})), {0, 0, 2, 0, 0, 2, 2, 2, 2, 2, 2, 2});
  CHECK_THAT(shared.get_config(), ContainsSubstring(R"("rate":0.5,"seed":3,"noise_shape":[null,1,null]})"));
}

TEST_CASE("SpatialDropout drops whole channels", "[layers][golden]") {
  const layers::SpatialDropout1D steps(0.5, {.seed = 3});
  check_close(trained(steps, at::ones({1, 2, 4})), {2, 2, 2, 2, 2, 2, 2, 2});
  check_close(trained(steps, at::ones({1, 2, 4})), {0, 0, 2, 2, 0, 0, 2, 2});

  const layers::SpatialDropout2D image(0.4, {.data_format = "channels_first", .seed = 7});
  const double kept = 1.0 / 0.6;
  check_close(trained(image, at::ones({1, 4, 2, 1})), {kept, kept, kept, kept, 0, 0, 0, 0});
  check_close(trained(image, at::ones({1, 4, 2, 1})), {kept, kept, 0, 0, 0, 0, kept, kept});
  check_close(trained(layers::SpatialDropout3D(0.4, {.seed = 7}), at::ones({1, 1, 1, 2, 4})),
              {kept, kept, 0, 0, kept, kept, 0, 0});
}

TEST_CASE("SpatialDropout writes the keys that its constructor takes in Keras", "[layers][golden]") {
  CHECK(layers::SpatialDropout1D(0.5, {.seed = 1, .name = "a"}).get_config() ==
        R"({"rate":0.5,"seed":1,"name":"a","dtype":"float32"})");
  CHECK(layers::SpatialDropout2D(0.5, {.name = "a"}).get_config() ==
        R"({"rate":0.5,"seed":null,"name":"a","dtype":"float32","data_format":"channels_last"})");
}

TEST_CASE("Noise is drawn as Keras draws it", "[layers][golden]") {
  const at::Tensor ones = at::ones({1, 2, 3});
  const std::vector<double> first{1.401638, 1.0874166, 1.044489, 0.693141, 1.0230912, 0.3158704};
  const std::vector<double> second{0.1973618, 1.1162429, 2.119935, 1.4236469, 1.6003221, 0.7992249};
  const layers::GaussianNoise noise(0.5, {.seed = 3});
  check_close(trained(noise, ones), first);
  check_close(trained(noise, ones), second);
  const layers::GaussianDropout dropout(0.2, {.seed = 3});
  check_close(trained(dropout, ones), first);
  check_close(trained(dropout, ones), second);

  const layers::AlphaDropout alpha(0.5, {.seed = 3});
  check_close(trained(alpha, ones), {-0.7791938, -0.7791938, -0.7791938, -0.7791938, -0.7791938, -0.7791938});
  check_close(trained(alpha, ones), {1.6655989, 1.6655989, -0.7791938, -0.7791938, -0.7791938, -0.7791938});
  check_close(trained(layers::AlphaDropout(0.4, {.noise_shape = Shape{1, 2, 1}, .seed = 5}), ones),
              {1.4703772, 1.4703772, 1.4703772, -0.9106419, -0.9106419, -0.9106419});

  set_random_seed(42);
  check_close(trained(layers::GaussianNoise(0.5), ones),
              {1.1896806, 1.3274212, 0.7520741, 0.7367923, 0.7778781, 0.4361876});
}

TEST_CASE("A rate of 0 draws nothing and leaves the input as it is", "[layers][regularization]") {
  set_random_seed(1);
  const std::string before = utils::random_state();
  const at::Tensor ones = at::ones({1, 2, 3});
  CHECK(trained(layers::Dropout(0.0), ones).equal(ones));
  CHECK(trained(layers::GaussianNoise(0.0), ones).equal(ones));
  CHECK(trained(layers::SpatialDropout1D(0.0), ones).equal(ones));
  CHECK(utils::random_state() == before);
  CHECK(trained(layers::Dropout(1.0), ones).equal(at::zeros({1, 2, 3})));
}

// `layer(some((2, 2))); layer.losses`
TEST_CASE("ActivityRegularization adds its penalty per row to the losses", "[layers][golden]") {
  const layers::ActivityRegularization layer({.l1 = 0.1, .l2 = 0.2});
  layer->run(test::some_input({2, 2}), {});
  const auto losses = layer->take_losses();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].item<double>() == Approx(0.1194063).epsilon(1e-6));
}

TEST_CASE("Regularization layers refuse arguments in the words of Keras", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::GaussianNoise(1.5),
                    Equals("Invalid value received for argument `stddev`. Expected a float value between 0 and 1. "
                           "Received: stddev=1.5"));
  CHECK_THROWS_WITH(layers::SpatialDropout2D(-0.1), ContainsSubstring("`rate`. Expected a float value between 0 and"));
  CHECK_THROWS_WITH(layers::Dropout(0.5, {.noise_shape = Shape{none, 0}}),
                    ContainsSubstring("Received negative or zero value at index 1: 0"));
  CHECK_THROWS_WITH(layers::AlphaDropout(0.5, {.noise_shape = Shape{none, 1}})(at::zeros({1, 2, 3})),
                    ContainsSubstring("must have as many sizes as the input has axes"));
  CHECK_THROWS_WITH(trained(layers::GaussianDropout(1.0), at::zeros({1, 2})),
                    StartsWith("GaussianDropout can not train with `rate` of 1"));
  CHECK_THROWS_WITH(layers::SpatialDropout1D(0.5)(at::zeros({1, 2})), ContainsSubstring("expected ndim=3"));
}
