// Numbers of Keras 3.15.1 (torch backend). Weights and inputs are filled with sin(k + 1) / 2, k counting row by row.

#include <cmath>

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;

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

// Values and configs: Keras 3.15.1 (torch), `Normalization(...)(x).numpy().ravel()` and `get_config()`.
TEST_CASE("Normalization keeps the axes it is told, and takes given values of fewer axes from the right",
          "[layers][golden]") {
  const at::Tensor x = at::arange(8, at::kFloat).reshape({2, 2, 2});
  layers::Normalization pairs({.axis = {1, 2}});
  pairs.adapt(x);
  CHECK(pairs.get_weights()[0].shape() == Shape{2, 2});
  CHECK(pairs.get_weights()[2].dtype() == DType::Int32);
  check_close(pairs(x), {-1, -1, -1, -1, 1, 1, 1, 1});

  layers::Normalization single({.axis = none});
  single.adapt(x);
  check_close(single(x), {-1.5275252, -1.0910894, -0.6546537, -0.2182179, 0.2182179, 0.6546537, 1.0910894, 1.5275252});

  check_close(layers::Normalization({.mean = 3.0, .variance = 4.0})(x), {-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2});
  check_close(layers::Normalization({.axis = {1, 2}, .mean = {1, 2}, .variance = {1, 4}})(x),
              {-1, -0.5, 1, 0.5, 3, 1.5, 5, 2.5});
  check_close(layers::Normalization({.mean = {1, 2}, .variance = {1, 4}, .invert = true})(x),
              {1, 4, 3, 8, 5, 12, 7, 16});
}

TEST_CASE("Normalization writes its axes as a list and its values as they were given", "[layers][golden]") {
  const auto config = [](const layers::NormalizationOptions& options) {
    const std::string text = layers::Normalization(options).get_config();
    return text.substr(text.find("\"axis\""));
  };
  CHECK(config({}) == R"("axis":[-1],"invert":false,"mean":null,"variance":null})");
  CHECK(config({.axis = none}) == R"("axis":[],"invert":false,"mean":null,"variance":null})");
  CHECK(config({.mean = 3.0, .variance = 2.0}) == R"("axis":[-1],"invert":false,"mean":3.0,"variance":2.0})");
  CHECK(config({.axis = {1, 2}, .mean = NestedNumbers({1, 2}, {1, 2}), .variance = NestedNumbers({1, 2}, {3, 4})}) ==
        R"("axis":[1,2],"invert":false,"mean":[[1.0,2.0]],"variance":[[3.0,4.0]]})");
}

TEST_CASE("Normalization refuses values that do not belong together", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::Normalization({.mean = 1.0}), ContainsSubstring("both `mean` and `variance` must be set"));
  CHECK_THROWS_WITH(layers::Normalization({.mean = {1, 2}, .variance = 1.0}),
                    ContainsSubstring("must have the same shape"));
  CHECK_THROWS_WITH(layers::Normalization({.axis = none, .mean = {1, 2}, .variance = {1, 2}}),
                    ContainsSubstring("must be less than or equal to the number of axes (0)"));
  CHECK_THROWS_WITH(layers::Normalization({.mean = {1, 2}, .variance = {1, 2}})(at::zeros({2, 3})),
                    ContainsSubstring("of a shape that fits (3,)"));
}

TEST_CASE("A config is checked as the constructor's arguments are", "[layers][errors]") {
  const auto refused = [](const std::string& class_name, const std::string& config) {
    const Layer layer(registry<layers::LayerImpl>().make(class_name));
    try {
      saving::read_config(config, class_name, [&](Fields& field) { layer->fields(field); });
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refused("MaxPooling2D", R"({"pool_size":[0,2]})"),
             ContainsSubstring("The `pool_size` argument must be a tuple"));
  CHECK_THAT(refused("MaxPooling2D", R"({"padding":"full"})"),
             ContainsSubstring("The `padding` argument must be one of"));
  CHECK_THAT(refused("GlobalAveragePooling2D", R"({"data_format":"x"})"),
             ContainsSubstring("The `data_format` argument"));
  CHECK_THAT(refused("Flatten", R"({"data_format":"x"})"),
             ContainsSubstring("The `data_format` argument must be one of"));
  CHECK_THAT(refused("Reshape", R"({"target_shape":[-1,-1]})"),
             ContainsSubstring("The `target_shape` argument must be sizes"));
  CHECK_THAT(refused("BatchNormalization", R"({"momentum":2.0})"), ContainsSubstring("in the range [0, 1]"));
  CHECK_THAT(refused("BatchNormalization", R"({"renorm":true,"renorm_clipping":{"dmax":-1}})"),
             ContainsSubstring("dmax should be non-negative"));
  CHECK_THAT(refused("BatchNormalization", R"({"renorm_clipping":[1]})"), ContainsSubstring("of the wrong kind"));
  CHECK_THAT(refused("GroupNormalization", R"({"groups":-2})"), ContainsSubstring("argument `groups`"));
  CHECK_THAT(refused("Conv2D", R"({"filters":2,"kernel_size":[3]})"),
             ContainsSubstring("The `kernel_size` argument must be a tuple of 2 integers. Received kernel_size=[3]"));
  CHECK_THAT(refused("Conv2DTranspose", R"({"filters":2,"kernel_size":[3,3],"output_padding":[1,1]})"),
             ContainsSubstring("strictly less than `strides`"));
  CHECK_THAT(refused("DepthwiseConv2D", R"({"depth_multiplier":0})"), ContainsSubstring("strictly positive"));
  CHECK_THAT(refused("SeparableConv1D", R"({"filters":0})"), ContainsSubstring("strictly positive"));
  CHECK_THAT(refused("AveragePooling1D", R"({"strides":[0]})"),
             ContainsSubstring("The `strides` argument must be a tuple"));
  CHECK_THAT(refused("AdaptiveMaxPooling1D", R"({"output_size":[0]})"),
             ContainsSubstring("The `output_size` argument"));
  CHECK_THAT(refused("SpatialDropout1D", R"({"rate":2.0})"), ContainsSubstring("a float value between 0 and 1"));
  CHECK_THAT(refused("GaussianNoise", R"({"stddev":-1.0})"), ContainsSubstring("a float value between 0 and 1"));
  CHECK_THAT(refused("EinsumDense", R"({"equation":"ab"})"), ContainsSubstring("Invalid einsum equation 'ab'"));
  CHECK_THAT(refused("Permute", R"({"dims":[2]})"), ContainsSubstring("must be consecutive and start from 1"));
  CHECK_THAT(refused("RepeatVector", R"({"n":0})"), ContainsSubstring("`n` should be a positive integer"));
  CHECK_THAT(refused("ZeroPadding1D", R"({"padding":[1]})"),
             ContainsSubstring("The `padding` argument must be a tuple of 2"));
  CHECK_THAT(refused("ZeroPadding2D", R"({"padding":[[1,1]]})"), ContainsSubstring("`padding` should have 2 elements"));
  CHECK_THAT(refused("Cropping3D", R"({"cropping":[[1,1],[1,1],[1,-1]]})"),
             ContainsSubstring("The `3rd entry of cropping`"));
  CHECK_THAT(refused("UpSampling1D", R"({"size":0})"), ContainsSubstring("`size` should be a positive integer"));
  CHECK_THAT(refused("UpSampling2D", R"({"interpolation":"x"})"), ContainsSubstring("argument `interpolation`"));
  CHECK_THAT(refused("Resizing", R"({"height":-1})"), ContainsSubstring("to be positive"));
  CHECK_THAT(refused("Normalization", R"({"mean":1.0})"), ContainsSubstring("both `mean` and `variance` must be set"));
  CHECK_THAT(refused("Normalization", R"({"mean":[[1],[2,3]]})"), ContainsSubstring("a value of the wrong kind"));
}

TEST_CASE("A Dense kernel seen from LibTorch is the transposed one of a Linear", "[layers]") {
  const layers::Dense dense(2);
  dense.build({none, 3});
  const auto parameters = dense.module().named_parameters();
  CHECK(parameters["linear.weight"].sizes() == at::IntArrayRef({2, 3}));
  CHECK(parameters["linear.weight"].t().equal(dense.get_weights()[0].tensor()));
}
