// Numbers of Keras 3.15.1 (torch backend): the first and the second `layer(x, training=True)` of a layer with the seed
// that stands here, after `set_random_seed(1)`. The torch backend's brightness and affine layers change their arguments
// in place, which other backends' do not; RandAugment's numbers come from Keras without that. Its `one_hot` counts in
// integers, which cuts the limit of the contrast-limited equalization to 0; that layer's numbers come from Keras with
// counts in float32, as other backends have them.

#include <cmath>

#include "layers/golden.h"

using namespace keraslike;

namespace {

// The sum of the values, their sum with each counted as often as its place says, and the eighth.
struct Golden {
  double sum, weighted, eighth;
};

at::Tensor pictures() { return (test::some_input({2, 4, 5, 3}) + 0.5) * 255.0; }

void check_golden(const at::Tensor& got, const Golden& want) {
  const at::Tensor flat = got.to(at::kDouble).flatten();
  const double size = static_cast<double>(flat.numel());
  CHECK(std::abs(flat.sum().item<double>() - want.sum) <= 1e-4 * size);
  CHECK(std::abs((flat * at::arange(1, flat.numel() + 1)).sum().item<double>() - want.weighted) <= 1e-4 * size * size);
  CHECK(std::abs(flat[7].item<double>() - want.eighth) <= 1e-3);
}

template <class Make>
void check_trained(const Make& make, const Golden& first, const Golden& second) {
  set_random_seed(1);
  const Layer layer = make();
  INFO(layer.class_name());
  check_golden(layer(pictures(), {.training = true}), first);
  check_golden(layer(pictures(), {.training = true}), second);
  CHECK(test::copied(layer).get_config() == layer.get_config());
}

}  // namespace

TEST_CASE("Layers that move pixels draw what Keras' torch backend draws", "[layers][golden]") {
  check_trained([] { return layers::RandomFlip("horizontal", {.seed = 3}); },
                {15358.698, 919069.05, 253.643173}, {15358.698, 918771.037, 253.643173});
  check_trained([] { return layers::RandomRotation(0.2, {.seed = 3}); },
                {15056.1495, 919554.886, 142.788879}, {15344.201, 920072.764, 194.621704});
  check_trained([] { return layers::RandomRotation({-0.1, 0.3}, {.fill_mode = "wrap", .seed = 3}); },
                {15127.4581, 923623.913, 86.7964706}, {15246.4088, 931963.507, 100.507286});
  check_trained([] { return layers::RandomZoom(0.5, {.fill_mode = "nearest", .seed = 3}); },
                {15419.2743, 925353.501, 79.6127014}, {15378.7555, 916551.116, 253.643173});
  check_trained([] { return layers::RandomZoom(0.5, {.width_factor = {0.1, 0.4}, .fill_mode = "constant",
             .interpolation = "nearest", .seed = 3, .fill_value = 7.0}); },
                {9596.52197, 568960.81, 19.6069031}, {9093.44957, 563750.262, 253.643173});
  check_trained([] { return layers::RandomTranslation(0.4, 0.4, {.seed = 3}); },
                {15497.5089, 929896.706, 114.23793}, {15655.4217, 926237.659, 176.365921});
  check_trained([] { return layers::RandomShear({.x_factor = 0.5, .y_factor = {0.1, 0.3}, .seed = 3}); },
                {15774.0081, 953147.064, 154.445618}, {15390.2423, 918833.851, 253.643158});
  check_trained([] { return layers::RandomCrop(2, 3, {.seed = 3}); },
                {4534.47754, 84022.1665, 0.00124633312}, {4584.35093, 87328.6799, 107.275604});
  check_trained([] { return layers::RandomCrop(5, 3, {.seed = 3}); },
                {11391.4509, 529322.247, 0.00124633312}, {11391.4509, 529322.247, 0.00124633312});
  check_trained([] { return layers::RandomPerspective({.scale = 0.5, .seed = 3}); },
                {15358.698, 918771.037, 253.643173}, {14195.5544, 827180.173, 80.965889});
  check_trained([] { return layers::RandomElasticTransform({.factor = {1, 1}, .seed = 3}); },
                {15597.6329, 933330.522, 242.445007}, {15285.3788, 912758.219, 238.001007});
}

TEST_CASE("Layers that change colors draw what Keras' torch backend draws", "[layers][golden]") {
  check_trained([] { return layers::RandomBrightness(0.3, {.seed = 3}); },
                {9022.82113, 555461.307, 177.795486}, {16365.9309, 979886.793, 255});
  check_trained([] { return layers::RandomContrast(0.3, {.seed = 3}); },
                {15360.4851, 918975.098, 253.798126}, {15369.4326, 919678.987, 255});
  check_trained([] { return layers::RandomHue(0.4, {.seed = 3}); },
                {15311.1967, 917171.83, 253.643173}, {15274.5185, 914755.332, 245.485382});
  check_trained([] { return layers::RandomColorDegeneration(0.6, {.seed = 3}); },
                {15377.8123, 923130.619, 255}, {15358.4456, 918451.534, 252.134399});
  check_trained([] { return layers::RandomGrayscale({.factor = 0.5, .seed = 3}); },
                {15354.4906, 914243.419, 232.561035}, {15358.698, 918771.037, 253.643173});
  check_trained([] { return layers::RandomInvert({.factor = {0.4, 0.6}, .seed = 3}); },
                {15358.698, 918771.037, 253.643173}, {15358.698, 918771.037, 253.643173});
  check_trained([] { return layers::RandomPosterization({1, 6}, {.seed = 3}); },
                {12928, 817376, 192}, {11224, 778192, 128});
  check_trained([] { return layers::RandomSharpness(0.9, {.seed = 3}); },
                {12656.47, 769094.593, 136.421021}, {15378.8705, 919909.245, 254.511353});
  check_trained([] { return layers::Solarization({.addition_factor = {0.1, 0.3},
             .threshold_factor = {0.2, 0.9}, .seed = 3}); },
                {5578.03402, 342070.119, 0.931091309}, {5759.37088, 347818.076, 0});
  check_trained([] { return layers::RandomColorJitter({.brightness_factor = 0.1, .contrast_factor = 0.2,
             .saturation_factor = {0.4, 0.6}, .hue_factor = 0.2, .seed = 3}); },
                {13928.5392, 895983.866, 241.519592}, {16552.1134, 1010519.65, 255});
}

TEST_CASE("Layers that mix, hide and blur draw what Keras' torch backend draws", "[layers][golden]") {
  check_trained([] { return layers::CutMix({.seed = 3}); },
                {15716.8049, 949074.665, 253.643173}, {15392.8041, 922284.457, 253.643173});
  check_trained([] { return layers::MixUp({.seed = 3}); },
                {15358.6979, 918771.037, 253.643173}, {15497.9018, 932819.647, 228.232971});
  check_trained([] { return layers::RandomErasing({.factor = {1, 1}, .scale = {0.3, 0.6}, .seed = 3}); },
                {14130.7424, 831985.671, 253.643173}, {13176.3799, 791077.63, 253.643173});
  check_trained([] { return layers::RandomErasing({.factor = {1, 1}, .scale = {0.3, 0.6},
             .fill_value = {1, 2, 3}, .seed = 3}); },
                {10541.3176, 579950.889, 253.643173}, {7506.72113, 329818.879, 253.643173});
  check_trained([] { return layers::RandomGaussianBlur({.factor = {1, 1}, .sigma = {0.5, 1}, .seed = 3}); },
                {12716.1557, 765567.464, 105.719124}, {12034.5681, 724910.115, 95.5015106});
}

// layer({"images": x, "labels": np.eye(3)}) with Keras; labels are told to the last bit of what they are drawn from.
TEST_CASE("CutMix and MixUp mix labels as Keras' torch backend does", "[layers][golden]") {
  const at::Tensor images = (test::some_input({3, 4, 5, 3}) + 0.5) * 255.0;
  const at::Tensor labels = at::eye(3);
  const auto check_mixed = [&](const auto& layer, const Golden& want, const std::vector<double>& want_labels) {
    const auto [mixed, mixed_labels] = layer.mix(images, labels);
    check_golden(mixed, want);
    test::check_close(mixed_labels, want_labels);
  };

  set_random_seed(1);
  const layers::CutMix cut({.seed = 3});
  check_mixed(cut, {23443.5636, 2110544.87, 253.643173}, {0.99999994, 5.96046448e-08, 0, 1, 0, 0, 0, 0, 1});
  check_mixed(cut, {22950.0716, 2054866.86, 253.643173},
              {0.688369215, 0.311630785, 0, 0, 0.774947524, 0.225052476, 0.200460494, 0, 0.799539506});
  set_random_seed(1);
  const layers::MixUp up({.seed = 3});
  check_mixed(up, {23085.4567, 2080241.25, 253.643173}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
  check_mixed(up, {23224.6605, 2094289.86, 228.232971},
              {0.894400895, 0.105599105, 0, 0.494320273, 0.505679727, 0, 0, 0, 1});
}

TEST_CASE("Mixing takes arrays and whole numbers, and a row of labels for each image", "[layers][errors]") {
  const layers::MixUp layer({.seed = 3});
  const at::Tensor images = test::some_input({2, 4, 5, 3});

  const auto [mixed, labels] = layers::MixUp({.seed = 3}).mix(Array(images), Array{{1, 0}, {0, 1}});

  CHECK(mixed.shape() == Shape{2, 4, 5, 3});
  CHECK(labels.tensor().equal(layers::MixUp({.seed = 3}).mix(images, at::eye(2)).second));
  CHECK_THROWS_WITH(layer.mix(images, at::eye(3)),
                    "MixUp expects labels of shape (2, classes), a row for each image; one-hot, where they are class "
                    "numbers. Received: labels of shape (3, 3)");
  CHECK_THROWS_WITH(layer.mix(images, at::ones({2})), ContainsSubstring("Received: labels of shape (2,)"));
  CHECK_THROWS_WITH(layers::CutMix().mix(images[0], at::eye(3)),
                    "CutMix mixes labels of a batch of images, (batch, rows, columns, channels). Received: images of "
                    "shape (4, 5, 3)");
}

TEST_CASE("Layers of histograms give Keras' values", "[layers][golden]") {
  check_trained([] { return layers::AutoContrast(); },
                {15411.8436, 922845.249, 254.839981}, {15411.8436, 922845.249, 254.839981});
  check_trained([] { return layers::Equalization(); },
                {15198, 909385, 248}, {15198, 909385, 248});
  check_trained([] { return layers::ContrastLimitedAdaptiveHistogramEqualization({.tile_grid_size = 2}); },
                {15435.312870, 923562.630743, 253.146606}, {15435.312870, 923562.630743, 253.146606});
}

TEST_CASE("Policies choose and draw what Keras' torch backend does", "[layers][golden]") {
  check_trained([] { return layers::RandAugment({.factor = 0.3, .seed = 3}); },
                {10350.416, 563824.623, 0}, {15360.5803, 919429.509, 255});
  check_trained([] { return layers::AugMix({.seed = 3}); },
                {14953.7058, 903522.261, 173.887024}, {15258.8808, 919075.532, 228.574738});
}

TEST_CASE("Augmentation changes nothing in inference, and one image as a batch of one", "[layers]") {
  CHECK(layers::RandomRotation(0.2)(pictures()).equal(pictures()));
  const at::Tensor one = pictures()[0];
  CHECK(layers::RandomRotation(0.2, {.seed = 3})(one, {.training = true})
            .equal(layers::RandomRotation(0.2, {.seed = 3})(one.unsqueeze(0), {.training = true})[0]));
}

TEST_CASE("Augmentation knows channels that come first", "[layers]") {
  const at::Tensor first = pictures().movedim(-1, 1).contiguous();
  CHECK(layers::RandomHue(0.4, {.data_format = "channels_first", .seed = 3})(first, {.training = true})
            .allclose(layers::RandomHue(0.4, {.seed = 3})(pictures(), {.training = true}).movedim(-1, 1)));
  CHECK(layers::RandomZoom(0.4, {.seed = 3, .data_format = "channels_first"})(first, {.training = true})
            .allclose(layers::RandomZoom(0.4, {.seed = 3})(pictures(), {.training = true}).movedim(-1, 1)));
}

TEST_CASE("Factors, fill modes and ranks that Keras refuses are refused", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::RandomContrast(1.5), ContainsSubstring("in the range [0"));
  CHECK_THROWS_WITH(layers::RandomZoom(-1.0), ContainsSubstring("in the range (-1.0, 1.0]"));
  CHECK_THROWS_WITH(layers::RandomRotation(0.1, {.fill_mode = "mirror"}),
                    ContainsSubstring("Unknown `fill_mode` mirror"));
  CHECK_THROWS_WITH(layers::RandomGaussianBlur({.kernel_size = 2}), ContainsSubstring("must be an odd number"));
  CHECK_THROWS_WITH(layers::RandomFlip()(at::zeros({2, 3})), ContainsSubstring("rank 3 (single image) or 4"));
}
