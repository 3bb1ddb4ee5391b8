// Every layer on the second device of support/second_device.h, which computes what the CPU does and takes nothing from
// main memory but single numbers: a transfer that a layer forgot is an error.

#include <algorithm>
#include <functional>
#include <set>

#include "layers/golden.h"
#include "support/second_device.h"

using namespace keraslike;

namespace {

struct Case {
  std::function<Layer()> make;
  Shape input;
  at::ScalarType type = at::kFloat;
};

struct Outcome {
  std::vector<at::Tensor> values;  // outputs in inference and in training, gradients, weights
  at::Device device = at::kCPU;
};

at::Tensor input_of(const Case& test_case) {
  if (test_case.type == at::kFloat) return test::some_input(test_case.input);
  return at::arange(test_case.input.count(), test_case.type).remainder(4).reshape(test_case.input);
}

// A seed means the same weights, and the same draws, wherever it computes.
Outcome outcome_of(const Case& test_case, at::Device device) {
  set_random_seed(11);
  const Layer layer = test_case.make();
  at::Tensor input = input_of(test_case).to(device);
  const bool is_floating = input.is_floating_point();
  if (is_floating) input.requires_grad_();
  Outcome outcome;
  outcome.values.push_back(layer(input));
  const at::Tensor trained = layer(input, {.training = true});
  outcome.device = trained.device();
  outcome.values.push_back(trained);
  const at::Tensor slopes = test::some_input(Shape(trained.sizes().begin(), trained.sizes().end())).to(device);
  if (trained.requires_grad()) (trained * slopes).sum().backward();
  if (is_floating && input.grad().defined()) outcome.values.push_back(input.grad());
  for (const auto& weight : layer->weights()) {
    CHECK(weight->tensor.device() == device);
    outcome.values.push_back(weight->tensor);
    if (weight->tensor.grad().defined()) outcome.values.push_back(weight->tensor.grad());
  }
  return outcome;
}

void check_on_second_device(const Case& test_case) {
  INFO(test_case.make().class_name());
  const Outcome want = outcome_of(test_case, at::kCPU);
  const test::OnSecondDevice on_device;
  const Outcome got = outcome_of(test_case, test::second_device());

  CHECK(got.device == test::second_device());
  REQUIRE(got.values.size() == want.values.size());
  for (size_t i = 0; i < got.values.size(); ++i) {
    INFO("value " << i);
    CHECK(got.values[i].device() == test::second_device());
    CHECK(at::allclose(got.values[i].detach().cpu(), want.values[i].detach(), 1e-5, 1e-6, /*equal_nan=*/true));
  }
}

// A layer of several inputs, in a graph that makes them of one.
template <class Call>
Case joined(Shape input, Call call) {
  return {[input, call] {
            const Input x(input.without_batch());
            const KerasTensor other = layers::Dense(input.back(), {.activation = "tanh"})(x);
            return Model({.inputs = x, .outputs = call(KerasTensor(x), other)});
          },
          input};
}

template <class Merging>
Case merging(Merging layer) {
  return joined({2, 3}, [layer](const KerasTensor& a, const KerasTensor& b) { return Merging(layer)({a, b}); });
}

template <class MakeLayer>
Case of(MakeLayer make, Shape input, at::ScalarType type = at::kFloat) {
  return {[make] { return Layer(make()); }, std::move(input), type};
}

std::vector<Case> cases_of_core() {
  return {
      of([] { return layers::Dense(4, {.activation = "relu", .lora_rank = 2}); }, {2, 3}),
      of([] { return layers::EinsumDense("abc,cd->abd", {none, 4}, {.bias_axes = "d"}); }, {2, 5, 3}),
      of([] { return layers::Embedding(5, 4); }, {2, 3}, at::kLong),
      of([] { return layers::ReversibleEmbedding(5, 4); }, {2, 3}, at::kLong),
      of([] { return layers::Masking(); }, {2, 3, 4}),
      of([] { return layers::Identity(); }, {2, 3}),
      of([] { return layers::Activation("tanh"); }, {2, 3}),
      of([] { return layers::ReLU({.max_value = 0.4, .negative_slope = 0.1}); }, {2, 3}),
      of([] { return layers::LeakyReLU(0.1); }, {2, 3}),
      of([] { return layers::PReLU(); }, {2, 3, 4}),
      of([] { return layers::ELU(0.7); }, {2, 3}),
      of([] { return layers::Softmax(); }, {2, 3}),
      of([] { return layers::LayerScale(0.1, 3); }, {2, 3}),
      of([] { return layers::Lambda([](const at::Tensor& x) { return x * 2; }); }, {2, 3}),
      of([] { return layers::ActivityRegularization({.l1 = 0.1}); }, {2, 3}),
      of([] { return layers::Flatten(); }, {2, 3, 4}),
      of([] { return layers::Reshape({-1, 2}); }, {2, 3, 4}),
      of([] { return layers::Permute({2, 1}); }, {2, 3, 4}),
      of([] { return layers::RepeatVector(4); }, {2, 3}),
      of([] { return layers::ZeroPadding1D(); }, {2, 3, 4}),
      of([] { return layers::ZeroPadding2D(); }, {2, 3, 4, 2}),
      of([] { return layers::ZeroPadding3D(); }, {2, 3, 4, 2, 2}),
      of([] { return layers::Cropping1D(); }, {2, 4, 3}),
      of([] { return layers::Cropping2D(1); }, {2, 4, 5, 2}),
      of([] { return layers::Cropping3D(); }, {2, 3, 4, 4, 2}),
      of([] { return layers::UpSampling1D(); }, {2, 4, 3}),
      of([] { return layers::UpSampling2D({1, 2}, {.interpolation = "bicubic"}); }, {2, 3, 4, 2}),
      of([] { return layers::UpSampling3D(); }, {2, 2, 3, 2, 2}),
  };
}

std::vector<Case> cases_of_convolutions() {
  return {
      of([] { return layers::Conv1D(4, 3, {.padding = "causal"}); }, {2, 6, 3}),
      of([] { return layers::Conv2D(4, 3, {.padding = "same", .lora_rank = 2}); }, {2, 5, 4, 3}),
      of([] { return layers::Conv3D(2, 2); }, {2, 3, 4, 3, 2}),
      of([] { return layers::Conv1DTranspose(4, 3, {.strides = 2}); }, {2, 5, 2}),
      of([] { return layers::Conv2DTranspose(2, 3, {.strides = 2, .padding = "same"}); }, {2, 3, 4, 2}),
      of([] { return layers::Conv3DTranspose(2, 2); }, {2, 2, 3, 2, 2}),
      of([] { return layers::DepthwiseConv1D(3, {.depth_multiplier = 2}); }, {2, 6, 3}),
      of([] { return layers::DepthwiseConv2D(2); }, {2, 5, 4, 3}),
      of([] { return layers::SeparableConv1D(5, 3); }, {2, 6, 3}),
      of([] { return layers::SeparableConv2D(4, 2); }, {2, 5, 4, 3}),
      of([] { return layers::MaxPooling1D(); }, {2, 5, 3}),
      of([] { return layers::MaxPooling2D(2, {.padding = "same"}); }, {2, 5, 6, 3}),
      of([] { return layers::MaxPooling3D(); }, {2, 4, 4, 5, 2}),
      of([] { return layers::AveragePooling1D(2, {.padding = "same"}); }, {2, 5, 3}),
      of([] { return layers::AveragePooling2D(3, {.strides = 1, .padding = "same"}); }, {2, 5, 6, 3}),
      of([] { return layers::AveragePooling3D(2); }, {2, 4, 4, 5, 2}),
      of([] { return layers::GlobalAveragePooling1D(); }, {2, 5, 3}),
      of([] { return layers::GlobalAveragePooling2D(); }, {2, 5, 4, 3}),
      of([] { return layers::GlobalAveragePooling3D(); }, {2, 3, 4, 3, 2}),
      of([] { return layers::GlobalMaxPooling1D(); }, {2, 5, 3}),
      of([] { return layers::GlobalMaxPooling2D(); }, {2, 5, 4, 3}),
      of([] { return layers::GlobalMaxPooling3D(); }, {2, 3, 4, 3, 2}),
      of([] { return layers::AdaptiveAveragePooling1D(3); }, {2, 7, 2}),
      of([] { return layers::AdaptiveAveragePooling2D({3, 2}); }, {2, 7, 5, 2}),
      of([] { return layers::AdaptiveAveragePooling3D(2); }, {2, 3, 4, 5, 2}),
      of([] { return layers::AdaptiveMaxPooling1D(3); }, {2, 7, 2}),
      of([] { return layers::AdaptiveMaxPooling2D(2); }, {2, 7, 5, 3}),
      of([] { return layers::AdaptiveMaxPooling3D(2); }, {2, 3, 4, 5, 2}),
  };
}

std::vector<Case> cases_of_normalizations() {
  return {
      of([] { return layers::BatchNormalization(); }, {4, 3}),
      of([] { return layers::BatchNormalization({.renorm = true}); }, {4, 3}),
      of([] { return layers::LayerNormalization(); }, {2, 5, 3}),
      of([] { return layers::GroupNormalization({.groups = 2}); }, {2, 5, 4}),
      of([] { return layers::RMSNormalization(); }, {2, 3}),
      of([] { return layers::UnitNormalization(); }, {2, 3}),
      of([] { return layers::SpectralNormalization(layers::Dense(3)); }, {2, 4}),
      of([] { return layers::Normalization(); }, {2, 3}),
      of([] { return layers::Normalization({.mean = {1.0, 2.0, 3.0}, .variance = {1.0, 4.0, 9.0}}); }, {2, 3}),
      of([] { return layers::Rescaling(0.5, {.offset = 1.0}); }, {2, 3}),
      of([] { return layers::Dropout(0.5); }, {2, 30}),
      of([] { return layers::Dropout(0.5, {.seed = 1}); }, {2, 30}),
      of([] { return layers::Dropout(0.5, {.noise_shape = Shape{none, 1, 3}}); }, {2, 4, 3}),
      of([] { return layers::SpatialDropout1D(0.5); }, {2, 4, 3}),
      of([] { return layers::SpatialDropout2D(0.5); }, {2, 4, 3, 3}),
      of([] { return layers::SpatialDropout3D(0.5); }, {2, 2, 3, 2, 3}),
      of([] { return layers::GaussianNoise(0.5); }, {2, 3}),
      of([] { return layers::GaussianDropout(0.5); }, {2, 3}),
      of([] { return layers::AlphaDropout(0.5); }, {2, 3}),
      of([] { return layers::StochasticDepth(0.5); }, {6, 3}),
  };
}

std::vector<Case> cases_of_recurrent() {
  return {
      of([] { return layers::SimpleRNN(4); }, {2, 5, 3}),
      of([] { return layers::LSTM(4, {.dropout = 0.2, .recurrent_dropout = 0.2, .return_sequences = true}); },
         {2, 5, 3}),
      of([] { return layers::LSTM(4, {.stateful = true}); }, {2, 5, 3}),
      of([] { return layers::GRU(4); }, {2, 5, 3}),
      of([] { return layers::RNN(layers::SimpleRNNCell(4)); }, {2, 5, 3}),
      of([] { return layers::RNN(layers::StackedRNNCells({layers::LSTMCell(4), layers::GRUCell(3)})); }, {2, 5, 3}),
      of([] { return layers::ConvLSTM1D(4, 3); }, {2, 3, 6, 2}),
      of([] { return layers::ConvLSTM2D(2, 2, {.padding = "same"}); }, {2, 3, 4, 3, 2}),
      of([] { return layers::ConvLSTM3D(2, 2); }, {2, 2, 3, 3, 3, 1}),
      of([] { return layers::Bidirectional(layers::LSTM(3)); }, {2, 5, 3}),
      of([] { return layers::TimeDistributed(layers::Dense(4)); }, {2, 5, 3}),
  };
}

std::vector<Case> cases_of_numbers() {
  return {
      of([] { return layers::CategoryEncoding(4); }, {2, 3}, at::kLong),
      of([] { return layers::CategoryEncoding(4, {.output_mode = "one_hot"}); }, {2, 3}, at::kLong),
      of([] { return layers::Discretization({.bin_boundaries = {0.0, 0.3}}); }, {2, 3}),
      of([] { return layers::Hashing(4); }, {2, 3}, at::kLong),
      of([] { return layers::Hashing(4, {.mask_value = 1, .output_mode = "multi_hot"}); }, {2, 3}, at::kLong),
      of([] { return layers::IntegerLookup({.vocabulary = {0, 1, 2}}); }, {2, 3}, at::kLong),
      of([] { return layers::IntegerLookup({.vocabulary = {0, 1}, .idf_weights = {0.5, 0.25},
                             .output_mode = "tf_idf"}); },
         {2, 3}, at::kLong),
  };
}

std::vector<Case> cases_of_sounds() {
  return {
      of([] { return layers::MelSpectrogram({.fft_length = 16, .sequence_stride = 8, .sampling_rate = 100,
                             .num_mel_bins = 4, .min_freq = 1.0}); },
         {2, 64}),
      of([] { return layers::STFTSpectrogram({.frame_length = 8}); }, {2, 32, 1}),
      of([] { return layers::CenterCrop(2, 3); }, {2, 5, 6, 3}),
      of([] { return layers::Resizing(3, 4, {.interpolation = "lanczos5", .antialias = true}); }, {2, 5, 6, 3}),
      of([] { return layers::Resizing(3, 4, {.interpolation = "nearest"}); }, {2, 5, 6, 3}),
      of([] { return layers::RandomFlip("horizontal", {.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomRotation(0.2, {.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomZoom(0.5, {.fill_mode = "nearest", .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomTranslation(0.4, 0.4, {.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomShear({.x_factor = 0.5, .y_factor = 0.3, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomCrop(2, 3, {.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomPerspective({.scale = 0.5, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomElasticTransform({.factor = {1, 1}, .value_range = {0, 1}, .seed = 3}); },
         {4, 4, 5, 3}),
      of([] { return layers::RandomBrightness(0.3, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomContrast(0.3, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomHue(0.4, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomSaturation(0.4, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomColorDegeneration(0.6, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomGrayscale({.factor = 0.5, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomInvert({.factor = {0.4, 0.6}, .value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomPosterization({1, 6}, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomPosterization(4, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomSharpness(0.9, {.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomColorJitter({.value_range = {0, 1}, .brightness_factor = 0.1,
                             .contrast_factor = 0.2, .seed = 3}); },
         {4, 4, 5, 3}),
      of([] { return layers::Solarization({.addition_factor = 0.2, .threshold_factor = 0.5,
                             .value_range = {0, 1}, .seed = 3}); },
         {4, 4, 5, 3}),
      of([] { return layers::RandomErasing({.factor = {1, 1}, .value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomErasing({.factor = {1, 1}, .fill_value = {1, 2, 3}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::RandomGaussianBlur({.factor = {1, 1}, .sigma = {0.5, 1}, .value_range = {0, 1},
                             .seed = 3}); },
         {4, 4, 5, 3}),
      of([] { return layers::CutMix({.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::MixUp({.seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::AutoContrast({.value_range = {0, 1}}); }, {4, 4, 5, 3}),
      of([] { return layers::Equalization({.value_range = {0, 1}}); }, {4, 4, 5, 3}),
      of([] { return layers::ContrastLimitedAdaptiveHistogramEqualization({.value_range = {0, 1},
                             .tile_grid_size = 2}); },
         {4, 4, 5, 3}),
      of([] { return layers::RandAugment({.value_range = {0, 1}, .num_ops = 6, .factor = 0.3, .seed = 3}); },
         {4, 4, 5, 3}),
      of([] { return layers::AugMix({.value_range = {0, 1}, .seed = 3}); }, {4, 4, 5, 3}),
      of([] { return layers::Pipeline({layers::RandomFlip("vertical", {.seed = 2}), layers::Rescaling(2.0)}); },
         {4, 4, 5, 3}),
  };
}

std::vector<Case> cases_of_several_inputs() {
  return {
      merging(layers::Add()), merging(layers::Subtract()), merging(layers::Multiply()), merging(layers::Average()),
      merging(layers::Maximum()), merging(layers::Minimum()), merging(layers::Concatenate()), merging(layers::Dot(1)),
      merging(layers::CustomScaleLayer(0.5)),
      joined({2, 4, 3}, [](const auto& a, const auto& b) {
        return layers::Attention()({a, b}, {.use_causal_mask = true});
      }),
      joined({2, 4, 3}, [](const auto& a, const auto& b) {
        return layers::AdditiveAttention({.dropout = 0.3})({a, b});
      }),
      joined({2, 4, 3}, [](const auto& a, const auto& b) {
        return layers::MultiHeadAttention(2, 2, {.dropout = 0.3, .sliding_window = 2})(a, b, {.use_causal_mask = true});
      }),
      joined({2, 4, 3}, [](const auto& a, const auto& b) { return layers::GroupQueryAttention(2, 4, 2)(a, b); }),
      joined({2, 4, 3}, [](const auto& a, const auto& b) {
        return ops::where(ops::greater(a, 0.1), a * b, Array{1.0, 2.0, 3.0});
      }),
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& make : {cases_of_core, cases_of_convolutions, cases_of_normalizations, cases_of_recurrent,
                           cases_of_numbers, cases_of_sounds, cases_of_several_inputs}) {
    for (Case& test_case : make()) all.push_back(std::move(test_case));
  }
  return all;
}

void add_classes(const Layer& layer, std::set<std::string>& names) {
  names.insert(layer.class_name());
  for (const Layer& part : layer->sublayers()) add_classes(part, names);
}

// Those without a case above, and why.
const std::set<std::string>& without_case() {
  static const std::set<std::string> names{
      "InputLayer",            // computes nothing
      "Sequential",            // see training/device_test.cpp, as for the three layers of texts
      "StringLookup", "TextVectorization", "HashedCrossing",
      "MaxNumBoundingBoxes"};  // takes boxes in main memory, and no tensor
  return names;
}

}  // namespace

TEST_CASE("A layer computes and trains on another device as on the CPU", "[layers][device]") {
  const auto [title, make] = GENERATE(table<const char*, std::vector<Case> (*)()>({
      {"core layers", cases_of_core},
      {"convolutions and pools", cases_of_convolutions},
      {"normalizations and noise", cases_of_normalizations},
      {"recurrent layers and wrappers", cases_of_recurrent},
      {"numbers of categories", cases_of_numbers},
      {"sounds and images", cases_of_sounds},
      {"several inputs", cases_of_several_inputs},
  }));
  INFO(title);

  for (const Case& test_case : make()) check_on_second_device(test_case);
}

// A new layer would go unseen.
TEST_CASE("Every registered layer is held against the CPU on another device", "[layers][device]") {
  std::set<std::string> seen = without_case();
  for (const Case& test_case : all_cases()) {
    const Layer layer = test_case.make();
    layer.build(test_case.input);
    add_classes(layer, seen);
  }
  for (const std::string& name : registry<layers::LayerImpl>().classes()) {
    if (name.find('>') != std::string::npos) continue;  // of another test's own
    INFO(name);
    CHECK(seen.contains(name));
  }
}
