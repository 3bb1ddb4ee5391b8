// Numbers of Keras 3.15.1 (torch backend): `layer(some(shape))` with `some(shape) = (np.sin(np.arange(1, n + 1,
// dtype="float32")) / 2).reshape(shape)`; where another source is named, its.

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::filled_output;

TEST_CASE("Reshaping layers keep the layer contract", "[layers][reshaping]") {
  check_layer(layers::Flatten(), {.input = {2, 3, 4}, .output = {2, 12}});
  check_layer(layers::Reshape({-1, 2}), {.input = {2, 3, 4}, .output = {2, 6, 2}});
  check_layer(layers::Permute({2, 3, 1}), {.input = {2, 3, 4, 5}, .output = {2, 4, 5, 3}});
  check_layer(layers::RepeatVector(4), {.input = {2, 3}, .output = {2, 4, 3}});
  check_layer(layers::ZeroPadding1D(), {.input = {2, 3, 4}, .output = {2, 5, 4}});
  check_layer(layers::ZeroPadding2D({1, 2}), {.input = {2, 3, 4, 5}, .output = {2, 5, 8, 5}});
  check_layer(layers::ZeroPadding3D({0, {1, 2}, 1}, {.data_format = "channels_first"}),
              {.input = {2, 3, 4, 5, 6}, .output = {2, 3, 4, 8, 8}});
  check_layer(layers::Cropping1D({1, 2}), {.input = {2, 7, 3}, .output = {2, 4, 3}});
  check_layer(layers::Cropping2D(1), {.input = {2, 5, 6, 3}, .output = {2, 3, 4, 3}});
  check_layer(layers::Cropping2D(), {.input = {2, 5, 6, 3}, .output = {2, 5, 6, 3}});
  check_layer(layers::Cropping3D(1, {.data_format = "channels_first"}),
              {.input = {2, 2, 4, 5, 6}, .output = {2, 2, 2, 3, 4}});
  check_layer(layers::UpSampling1D(3), {.input = {2, 4, 3}, .output = {2, 12, 3}});
  check_layer(layers::UpSampling2D(), {.input = {2, 4, 5, 3}, .output = {2, 8, 10, 3}});
  check_layer(layers::UpSampling2D({1, 2}, {.data_format = "channels_first", .interpolation = "bicubic"}),
              {.input = {2, 3, 4, 5}, .output = {2, 3, 4, 10}});
  check_layer(layers::UpSampling3D({1, 2, 3}), {.input = {2, 2, 3, 4, 3}, .output = {2, 2, 6, 12, 3}});
}

TEST_CASE("Image layers keep the layer contract", "[layers][preprocessing]") {
  check_layer(layers::CenterCrop(2, 3), {.input = {2, 5, 6, 3}, .output = {2, 2, 3, 3}});
  check_layer(layers::CenterCrop(6, 3, {.data_format = "channels_first"}),
              {.input = {2, 3, 5, 6}, .output = {2, 3, 6, 3}});
  check_layer(layers::Resizing(3, 4, {.interpolation = "lanczos5", .pad_to_aspect_ratio = true, .antialias = true}),
              {.input = {2, 5, 6, 3}, .output = {2, 3, 4, 3}});
}

TEST_CASE("Flatten runs through rows, columns, channels, whatever the data format", "[layers]") {
  const at::Tensor image = at::arange(12, at::kFloat).reshape({1, 2, 2, 3});
  check_close(layers::Flatten()(image), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(layers::Flatten({.data_format = "channels_first"})(image.movedim(-1, 1)).equal(layers::Flatten()(image)));
}

TEST_CASE("Permute and RepeatVector compute what Keras computes", "[layers][golden]") {
  check_close(filled_output(layers::Permute({2, 1}), {1, 2, 3}),
              {0.4207355, -0.3784012, 0.4546487, -0.4794621, 0.07056, -0.1397077});
  check_close(filled_output(layers::RepeatVector(2), {2, 2}),
              {0.4207355, 0.4546487, 0.4207355, 0.4546487, 0.07056, -0.3784012, 0.07056, -0.3784012});
}

TEST_CASE("ZeroPadding and Cropping take margins from the sides that Keras takes them from", "[layers][golden]") {
  check_close(filled_output(layers::ZeroPadding1D({1, 2}), {1, 2, 1}), {0, 0.4207355, 0.4546487, 0, 0});
  check_close(filled_output(layers::ZeroPadding2D({{1, 0}, {0, 2}}), {1, 2, 1, 1}),
              {0, 0, 0, 0.4207355, 0, 0, 0.4546487, 0, 0});
  check_close(filled_output(layers::Cropping2D({{1, 0}, {0, 2}}), {1, 3, 4, 1}),
              {-0.4794621, -0.1397077, 0.2060592, -0.2720105});
  check_close(filled_output(layers::Cropping3D({0, 1, {1, 0}}, {.data_format = "channels_first"}), {1, 1, 2, 3, 2}),
              {-0.3784012, -0.2720105});
}

TEST_CASE("Margins and sizes are written as Keras writes them", "[layers][golden]") {
  const auto config = [](const Layer& layer) {
    const std::string text = layer.get_config();
    const std::string last = R"("config":{"name":"float32"},"registered_name":null},)";  // of what all layers have
    return text.substr(text.find(last) + last.size());
  };
  CHECK(config(layers::ZeroPadding1D()) == R"("padding":[1,1],"data_format":"channels_last"})");
  CHECK(config(layers::ZeroPadding2D({{1, 2}, {3, 4}})) ==
        R"("padding":[[1,2],[3,4]],"data_format":"channels_last"})");
  CHECK(config(layers::Cropping1D()) == R"("cropping":[1,1]})");
  CHECK(config(layers::Cropping3D()) == R"("cropping":[[1,1],[1,1],[1,1]],"data_format":"channels_last"})");
  CHECK(config(layers::UpSampling1D()) == R"("size":2})");
  CHECK(config(layers::UpSampling2D()) ==
        R"("size":[2,2],"data_format":"channels_last","interpolation":"nearest"})");
  CHECK(config(layers::Reshape({-1, 2})) == R"("target_shape":[-1,2]})");
  CHECK(config(layers::CenterCrop(2, 3)) == R"("data_format":"channels_last","height":2,"width":3})");
}

TEST_CASE("UpSampling repeats cells", "[layers][golden]") {
  check_close(filled_output(layers::UpSampling1D(2), {1, 2, 2}),
              {0.4207355, 0.4546487, 0.4207355, 0.4546487, 0.07056, -0.3784012, 0.07056, -0.3784012});
  check_close(filled_output(layers::UpSampling2D({2, 3}), {1, 1, 2, 1}),
              {0.4207355, 0.4207355, 0.4207355, 0.4546487, 0.4546487, 0.4546487, 0.4207355, 0.4207355, 0.4207355,
               0.4546487, 0.4546487, 0.4546487});
  check_close(filled_output(layers::UpSampling3D({2, 1, 2}, {.data_format = "channels_first"}), {1, 1, 1, 2, 2}),
              {0.4207355, 0.4207355, 0.4546487, 0.4546487, 0.07056, 0.07056, -0.3784012, -0.3784012, 0.4207355,
               0.4207355, 0.4546487, 0.4546487, 0.07056, 0.07056, -0.3784012, -0.3784012});
}

TEST_CASE("UpSampling2D interpolates as Keras does", "[layers][golden]") {
  const auto enlarged = [](const char* interpolation, const Extent<2>& size, const Shape& input) {
    return filled_output(layers::UpSampling2D(size, {.interpolation = interpolation}), input);
  };
  check_close(enlarged("bilinear", {2, 3}, {1, 2, 2, 1}),
              {0.4207355, 0.4207355, 0.4320399, 0.4433443, 0.4546487, 0.4546487, 0.3331916, 0.3331916,
               0.3042565, 0.2753214, 0.2463862, 0.2463862, 0.1581039, 0.1581039, 0.0486897, -0.0607245,
               -0.1701388, -0.1701388, 0.07056, 0.07056, -0.0790938, -0.2287475, -0.3784012, -0.3784012});
  // The functions of Keras' own NumPy backend, which agree with TensorFlow; its torch backend's cubic is another, and
  // it has no Lanczos.
  check_close(enlarged("bicubic", 2, {1, 3, 2, 1}),
              {0.4448816, 0.4674838, 0.5123026, 0.5349048, 0.3729406, 0.3507878, 0.3068602, 0.2847073,
               0.2208309, 0.1037868, -0.1283036, -0.2453478, -0.0481231, -0.1389621, -0.3190895, -0.4099285,
               -0.3985844, -0.3455649, -0.2404308, -0.1874112, -0.5641123, -0.4432002, -0.2034398, -0.0825277});
  check_close(enlarged("lanczos3", 2, {1, 3, 2, 1}),
              {0.423211, 0.4751035, 0.5429965, 0.594889, 0.4083259, 0.3656574, 0.3098325, 0.267164,
               0.308184, 0.1350544, -0.091458, -0.2645876, -0.0660338, -0.190167, -0.3525755, -0.4767087,
               -0.4280104, -0.3611773, -0.2737368, -0.2069037, -0.6189014, -0.430565, -0.1841569, 0.0041795});
  check_close(enlarged("lanczos5", 2, {1, 3, 2, 1}),
              {0.3782664, 0.4515724, 0.5324203, 0.6057265, 0.4413833, 0.3834798, 0.3196191, 0.2617156,
               0.3531328, 0.1499019, -0.0742377, -0.2774686, -0.0734492, -0.2140498, -0.3691157, -0.5097163,
               -0.4541308, -0.380556, -0.2994118, -0.2258371, -0.616304, -0.3969764, -0.155084, 0.0642437});
}

TEST_CASE("Resizing shrinks as Keras does", "[layers][golden]") {
  const Shape input{1, 4, 5, 1};
  check_close(filled_output(layers::Resizing(2, 3), input),
              {0.2241996, 0.2826196, -0.2792145, -0.3394798, -0.082705, 0.3555792});
  check_close(filled_output(layers::Resizing(2, 3, {.interpolation = "nearest"}), input),
              {-0.1397077, 0.4946791, -0.2720105, -0.1439517, -0.3754936, 0.4564726});
  check_close(filled_output(layers::Resizing(2, 3, {.antialias = true}), input),
              {0.1554239, 0.2166324, -0.1588217, -0.2865628, -0.0001763, 0.2865656});
  check_close(filled_output(layers::Resizing(2, 3, {.interpolation = "bicubic", .antialias = true}), input),
              {0.1980458, 0.26222, -0.209297, -0.3441041, -0.0168845, 0.3448285});
  check_close(filled_output(layers::Resizing(2, 3, {.crop_to_aspect_ratio = true}), input),
              {0.3281198, 0.1765898, -0.3624948, -0.3129793, 0.2812324, 0.2582344});
  // Keras' NumPy backend.
  check_close(filled_output(layers::Resizing(2, 3, {.interpolation = "bicubic"}), input),
              {0.2527103, 0.2868864, -0.3491904, -0.3659492, -0.1166688, 0.405185});
  check_close(filled_output(layers::Resizing(2, 3, {.interpolation = "lanczos3", .antialias = true}), input),
              {0.2035747, 0.299432, -0.2283491, -0.3760779, -0.0112672, 0.3770101});
}

TEST_CASE("CenterCrop takes the middle, and enlarges what is too small", "[layers][golden]") {
  check_close(filled_output(layers::CenterCrop(2, 2), {1, 4, 5, 1}), {0.3284933, 0.4946791, -0.2682865, 0.2100835});
  check_close(filled_output(layers::CenterCrop(3, 2), {1, 2, 4, 1}),
              {0.4546487, 0.4546487, 0.1574705, 0.1574705, -0.1397077, -0.1397077});
}

TEST_CASE("Resizing pads to the proportions it is asked for", "[layers][preprocessing]") {
  const layers::Resizing square(4, 4, {.pad_to_aspect_ratio = true, .fill_value = 9.0});
  const at::Tensor output = square(at::ones({1, 2, 4, 1}));
  check_close(output, {9, 9, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9});
}

TEST_CASE("Reshaping layers refuse arguments in the words of Keras", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::Permute({1, 3}),
                    Equals("Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must "
                           "be consecutive and start from 1. Received dims=(1, 3)"));
  CHECK_THROWS_WITH(layers::RepeatVector(0), Equals("Argument `n` should be a positive integer. Received: n=0"));
  CHECK_THROWS_WITH(layers::UpSampling1D(0), StartsWith("Argument `size` should be a positive integer."));
  CHECK_THROWS_WITH(layers::UpSampling3D({1, 0, 2}), StartsWith("The `size` argument must be a tuple of 3 integers."));
  CHECK_THROWS_WITH(layers::UpSampling2D(2, {.interpolation = "area"}),
                    StartsWith("Invalid value for argument `interpolation`. Expected of one"));
  CHECK_THROWS_WITH(layers::ZeroPadding1D({1, -2}),
                    Equals("The `padding` argument must be a tuple of 2 integers. Received padding=(1, -2), including "
                           "values {-2} that do not satisfy `value >= 0`"));
  CHECK_THROWS_WITH(layers::Cropping2D({1, -1}), StartsWith("The `2nd entry of cropping` argument must be a tuple"));
  CHECK_THROWS_WITH(layers::Cropping1D(2)(at::zeros({1, 4, 1})),
                    Equals("`cropping` parameter of `Cropping1D` layer must be smaller than the input length. "
                           "Received: input_shape=(1, 4, 1), cropping=(2, 2)"));
  CHECK_THROWS_WITH(layers::Cropping2D({{0, 0}, {1, 3}})(at::zeros({1, 4, 4, 1})),
                    Equals("Values in `cropping` argument should be smaller than the corresponding spatial dimension "
                           "of the input. Received: input_shape=(1, 4, 4, 1), cropping=((0, 0), (1, 3))"));
  CHECK_THROWS_WITH(layers::Resizing(2, 0), ContainsSubstring("Resizing expects `height` and `width` to be positive"));
  CHECK_THROWS_WITH(layers::Resizing(2, 2, {.crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true}),
                    StartsWith("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio`"));
  CHECK_THROWS_WITH(layers::Resizing(2, 2, {.fill_mode = "reflect"}), ContainsSubstring("Only `'constant'`"));
}
