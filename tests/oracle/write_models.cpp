// Writes models with data, and what one epoch made of them here, for check.py, in which Keras opens them and does the
// same. Arguments: the folder to fill, and the folder with the parity cases, whole models and single layers.

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "keraslike/keraslike.h"

using namespace keraslike;
namespace fs = std::filesystem;

namespace {

using Arrays = std::vector<Array>;

struct Case {
  Model model;
  Arrays x;
  Arrays y;
};

std::vector<double> wave(int64_t count, double step) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(std::sin(step * static_cast<double>(i + 1)));
  return values;
}

Array inputs(const Shape& shape) { return Array(wave(shape.count(), 0.7)).astype(DType::Float32).reshape(shape); }

Array labels(int64_t rows, int64_t classes) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < rows; ++i) values.push_back((i * i + i / 3) % classes);
  return Array(values);
}

Case regression(std::vector<SequentialItem> layers, CompileOptions options, const Shape& input = {10}) {
  Sequential model(std::move(layers));
  model.compile(std::move(options));
  const Array x = inputs(input.with_batch(48));
  model.predict(x, {.verbose = 0});  // builds what has no Input
  return {model, {x}, {inputs(model.output_shape().without_batch().with_batch(48))}};
}

Case classes(std::vector<SequentialItem> layers, CompileOptions options, const Shape& input, int64_t count) {
  Case made = regression(std::move(layers), std::move(options), input);
  made.y = {labels(48, count)};
  return made;
}

using layers::Dense;

void add_optimizers(std::map<std::string, Case>& cases) {
  const auto mlp = [](NameOr<Optimizer> optimizer) {
    return regression({Input({10}), Dense(8, "relu"), Dense(2)},
                      {.optimizer = std::move(optimizer), .loss = "mse", .metrics = {"mae"}});
  };
  using namespace optimizers;
  cases.insert({"adam_clipped", mlp(Adam({.learning_rate = 0.01, .clipnorm = 1.0}))});
  cases.insert({"adam_ema", mlp(Adam({.use_ema = true, .ema_overwrite_frequency = 2}))});
  cases.insert({"adamw_accumulating", mlp(AdamW({.weight_decay = 0.01, .gradient_accumulation_steps = 2}))});
  cases.insert({"sgd_schedule", mlp(SGD(schedules::ExponentialDecay(0.1, 3, 0.5)))});
  cases.insert({"rmsprop_centered", mlp(RMSprop({.momentum = 0.9, .centered = true}))});
  cases.insert({"adafactor", mlp(Adafactor())});
  cases.insert({"nadam_cosine", mlp(Nadam(schedules::CosineDecay(0.01, 20)))});
  cases.insert({"ftrl_by_name", mlp("ftrl")});
}

void add_losses(std::map<std::string, Case>& cases) {
  const auto with = [](NameOr<Loss> loss, std::vector<NameOr<Metric>> metrics) {
    return regression({Input({10}), Dense(6, "tanh"), Dense(3)},
                      {.optimizer = "sgd", .loss = std::move(loss), .metrics = std::move(metrics)});
  };
  cases.insert({"log_cosh", with("log_cosh", {metrics::CosineSimilarity(), "mape"})});
  cases.insert(
      {"mae_summed", with(losses::MeanAbsoluteError({.reduction = "sum"}), {metrics::RootMeanSquaredError()})});
  cases.insert({"logits", classes({Input({10}), Dense(4)},
                                  {.optimizer = "adam",
                                   .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
                                   .metrics = {"accuracy", metrics::SparseTopKCategoricalAccuracy({.k = 2})}},
                                  {10}, 4)});
  cases.insert({"binary", classes({Input({10}), Dense(1, "sigmoid")},
                                  {.optimizer = "adam", .loss = "binary_crossentropy",
                                   .metrics = {"accuracy", metrics::AUC(), metrics::Precision({.thresholds = {0.4}})}},
                                  {10}, 2)});
}

void add_layers(std::map<std::string, Case>& cases) {
  const CompileOptions plain{.optimizer = "sgd", .loss = "mse"};
  cases.insert({"convolutions",
                regression({Input({8, 8, 3}), layers::Conv2D(4, 3, {.padding = "same", .activation = "relu"}),
                            layers::MaxPooling2D(2), layers::Conv2D(5, {2, 3}, {.strides = 2, .use_bias = false}),
                            layers::BatchNormalization(), layers::GlobalAveragePooling2D(), Dense(2)},
                           plain, {8, 8, 3})});
  cases.insert(
      {"shapes", regression({Input({4, 6}), layers::Reshape({6, -1}), layers::Flatten(), Dense(3)}, plain, {4, 6})});
  cases.insert({"activations",
                regression({Input({10}), Dense(6), layers::LeakyReLU(0.2), Dense(6), layers::ELU(0.7), Dense(6, "gelu"),
                            layers::ReLU({.max_value = 1.5, .negative_slope = 0.1}), Dense(6, "swish"),
                            layers::Activation("softplus"), Dense(3), layers::Softmax()},
                           plain)});
  layers::Normalization normalization;
  normalization.adapt(inputs({48, 10}));
  cases.insert({"preprocessing",
                regression({Input({10}), normalization, layers::Rescaling(0.5, {.offset = 0.1}), Dense(2)}, plain)});
  cases.insert({"initializers",
                regression({Input({10}), Dense(6, {.kernel_initializer = initializers::HeNormal({.seed = 3}),
                                                   .bias_initializer = initializers::Constant(0.2)}),
                            Dense(6, {.kernel_initializer = "orthogonal"}),
                            Dense(2, {.kernel_initializer = initializers::TruncatedNormal({.stddev = 0.3})})},
                           plain)});
  cases.insert({"regularizers",
                regression({Input({10}), Dense(6, {.kernel_regularizer = regularizers::L1L2({.l1 = 0.01, .l2 = 0.02}),
                                                   .bias_regularizer = "l2",
                                                   .activity_regularizer = regularizers::L2(0.01)}),
                            Dense(2, {.kernel_constraint = constraints::MaxNorm({.max_value = 0.8}),
                                      .bias_constraint = "non_neg"})},
                           plain)});
  cases.insert({"deferred", regression({Dense(5, "relu"), Dense(2)}, plain)});
  Dense frozen(5, {.trainable = false});
  cases.insert({"frozen", regression({Input({10}), frozen, Dense(2)}, plain)});
  Sequential inner({Input({10}), Dense(4, "relu"), layers::BatchNormalization()});
  cases.insert({"nested", regression({inner, Dense(2)}, plain)});
}

void add_more_layers(std::map<std::string, Case>& cases) {
  const CompileOptions plain{.optimizer = "sgd", .loss = "mse"};
  cases.insert({"rows",
                regression({Input({12, 4}), layers::Conv1D(5, 3, {.padding = "causal", .dilation_rate = 2}),
                            layers::LayerNormalization(), layers::SeparableConv1D(6, 3), layers::MaxPooling1D(2),
                            layers::Conv1DTranspose(4, 3, {.strides = 2, .padding = "same"}),
                            layers::GlobalMaxPooling1D(), layers::PReLU(), Dense(2)},
                           plain, {12, 4})});
  cases.insert({"images",
                regression({Input({8, 8, 4}), layers::ZeroPadding2D(1), layers::DepthwiseConv2D(3),
                            layers::GroupNormalization({.groups = 2}), layers::Cropping2D({{1, 0}, {0, 1}}),
                            layers::SeparableConv2D(5, {3, 2}), layers::AveragePooling2D(2),
                            layers::Conv2DTranspose(3, 3, {.strides = 2}), layers::UpSampling2D(2),
                            layers::SpatialDropout2D(0.0), layers::GlobalAveragePooling2D(), Dense(2)},
                           plain, {8, 8, 4})});
  cases.insert(
      {"volumes", regression({Input({5, 6, 6, 2}), layers::Conv3D(3, 2), layers::MaxPooling3D(2),
                              layers::RMSNormalization(), layers::Flatten(), layers::UnitNormalization(), Dense(2)},
                             plain, {5, 6, 6, 2})});
  cases.insert(
      {"turned", regression({Input({4, 6}), layers::Permute({2, 1}), layers::EinsumDense("abc,cd->abd", {none, 3}),
                             layers::Identity(), layers::Flatten(), layers::RepeatVector(2), Dense(2)},
                            plain, {4, 6})});
}

// Graphs: several ends, shared layers, models inside models, operators.
// Other types than float32. Keras opens these with its own floatx, float32.
void add_dtypes(std::map<std::string, Case>& cases) {
  const CompileOptions plain{.optimizer = "adam", .loss = "mse", .metrics = {"mae"}};
  const DTypePolicy wide("float64");
  cases.insert({"float64",
                regression({Input({10}, {.dtype = "float64"}), Dense(6, {.activation = "tanh", .dtype = wide}),
                            layers::BatchNormalization({.dtype = wide}), Dense(2, {.dtype = wide})},
                           plain)});
  const DTypePolicy mixed("mixed_bfloat16");
  cases.insert({"mixed_bfloat16",
                regression({Input({6, 6, 2}), layers::Conv2D(4, 3, {.activation = "relu", .dtype = mixed}),
                            layers::BatchNormalization({.dtype = mixed}), layers::Flatten({.dtype = mixed}),
                            Dense(6, {.activation = "tanh", .dtype = mixed}),
                            layers::LayerNormalization({.dtype = mixed}), Dense(2, {.dtype = "float32"})},
                           plain, {6, 6, 2})});
  const DTypePolicy narrow("bfloat16");
  cases.insert({"bfloat16", regression({Input({10}), Dense(6, {.activation = "relu", .dtype = narrow}),
                                        Dense(2, {.dtype = narrow})},
                                       {.optimizer = "sgd", .loss = "mse"})});
  cases.insert({"loss_scaled",
                regression({Input({10}), Dense(6, "tanh"), Dense(2)},
                           {.optimizer = optimizers::LossScaleOptimizer(optimizers::Adam({.clipnorm = 1.0}),
                                                                        {.dynamic_growth_steps = 2}),
                            .loss = "mse"})});
  const optimizers::Adam adam({.learning_rate = 0.01, .clipnorm = 1.0});
  const optimizers::OptimizerMap shared(optimizers::SGD(0.05, {.momentum = 0.9}), {{"(.*/)?encoder/.*", adam}});
  cases.insert({"multi_optimizer",
                regression({Input({10}), Dense(6, {.activation = "tanh", .name = "encoder"}), Dense(2)},
                           {.optimizer = optimizers::MultiOptimizer(shared), .loss = "mse"})});
  const optimizers::MultiOptimizer other(
      optimizers::OptimizerMap(optimizers::RMSprop(), {{"(.*/)?encoder/.*", optimizers::Lion()}}));
  cases.insert({"multi_optimizer_scaled",
                regression({Input({10}), Dense(6, {.activation = "tanh", .name = "encoder"}), Dense(2)},
                           {.optimizer = optimizers::LossScaleOptimizer(other), .loss = "mse"})});
  const DTypePolicyMap by_path("float32", {{"(.*/)?wide", "float64"}, {"(.*/)?seen/query", "float64"}});
  const Input sequence({4, 6});
  const auto seen = layers::MultiHeadAttention(2, 3, {.dtype = by_path, .name = "seen"})(sequence, sequence);
  Model mapped({.inputs = sequence, .outputs = Dense(2, {.dtype = by_path, .name = "wide"})(layers::Flatten()(seen))});
  mapped.compile({.optimizer = "sgd", .loss = "mse"});
  cases.insert({"policies_by_path", {mapped, {inputs({48, 4, 6})}, {inputs({48, 2})}}});
}

void add_graphs(std::map<std::string, Case>& cases) {
  const Input left({6}, {.name = "left"});
  const Input right({4}, {.name = "right"});
  const auto joined = layers::Concatenate()({Dense(8, "relu")(left), Dense(8, "relu")(right)});
  Model ends({.inputs = {left, right},
              .outputs = {Dense(1, {.name = "price"})(joined),
                          Dense(3, {.activation = "softmax", .name = "kind"})(joined)}});
  ends.compile({.optimizer = "adam",
                .loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}},
                .loss_weights = {{"price", 1.0}, {"kind", 0.3}},
                .metrics = {{"price", {"mae"}}, {"kind", {"accuracy"}}}});
  cases.insert({"two_ends", {ends, {inputs({48, 6}), inputs({48, 4})}, {inputs({48, 1}), labels(48, 3)}}});

  const Input image({8, 8, 3});
  const auto first = layers::Conv2D(4, 3, {.padding = "same", .activation = "relu"})(image);
  const auto second = layers::Conv2D(4, 3, {.padding = "same"})(first);
  const auto sum = layers::Activation("relu")(layers::Add()({first, second}));
  Model residual({.inputs = image, .outputs = Dense(2)(layers::GlobalAveragePooling2D()(sum))});
  residual.compile({.optimizer = "sgd", .loss = "mse"});
  cases.insert({"residual", {residual, {inputs({48, 8, 8, 3})}, {inputs({48, 2})}}});

  const Input a({5});
  const Input b({5});
  const Input inner_input({5});
  const Model inner({.inputs = inner_input, .outputs = Dense(4, "tanh")(inner_input), .name = "inner"});
  const Sequential tower({Input({4}), Dense(3), layers::LayerNormalization()}, {.name = "tower"});
  const auto one = tower(inner(a));
  const auto other = tower(inner(b));
  const auto merged = layers::Multiply()({one, layers::Maximum()({one, other})});
  Model shared({.inputs = {a, b}, .outputs = Dense(2)(layers::Concatenate()({merged, layers::Dot(1)({one, other})}))});
  shared.compile({.optimizer = "rmsprop", .loss = "mse"});
  cases.insert({"shared_and_nested", {shared, {inputs({48, 5}), inputs({48, 5})}, {inputs({48, 2})}}});
}

Case graph(const Input& input, const KerasTensors& output) {
  Model model({.inputs = input, .outputs = output});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Array x = inputs(input.shape().without_batch().with_batch(48));
  return {model, {x}, {inputs(model.output_shape().without_batch().with_batch(48))}};
}

// Operations that are no layers, and attention.
void add_operations(std::map<std::string, Case>& cases) {
  const Input x({6, 4});
  const KerasTensor seen = layers::MultiHeadAttention(2, 3, {.use_gate = true})(x, x, {.use_causal_mask = true});
  const KerasTensor h = layers::LayerNormalization()(x + seen);
  const KerasTensor mixed = ops::gelu(h) * 0.5 + ops::mean(h, {.axis = 1, .keepdims = true}) - 1;
  cases.insert({"graph_attention", graph(x, Dense(2)(layers::Flatten()(mixed / 3.0)))});

  const Input y({6, 4});
  const KerasTensor groups = layers::GroupQueryAttention(3, 4, 2, {.sliding_window = 2})(y, y);
  const KerasTensor lists = layers::AdditiveAttention()({groups, layers::Attention({.use_scale = true})({y, y})});
  const KerasTensor first = ops::get_item(lists, {Slice{}, 0, Slice{.stop = 3}});
  const auto parts = ops::split(lists, 2, -1);
  const KerasTensor rest = ops::max(ops::concatenate({parts[1], -parts[0]}, 1), {.axis = 1});
  const KerasTensor joined = ops::concatenate({first, ops::where(ops::greater(rest, 0.0), rest, 0.1)}, -1);
  cases.insert({"graph_operations", graph(y, Dense(2)(ops::clip(joined, -1.0, 1.0)))});

  const Input z({6, 4});
  const KerasTensor tall = ops::transpose(ops::expand_dims(z, 1), {0, 2, 3, 1});
  const KerasTensor square = ops::matmul(z, ops::reshape(tall, {-1, 4, 6}));
  const KerasTensor summed = ops::einsum("abc,adc->abd", {square, square});
  const layers::SpectralNormalization dense(Dense(3), {.power_iterations = 2});
  cases.insert({"graph_shapes", graph(z, Dense(2)(layers::Flatten()(dense(ops::tanh(summed)))))});
}

void write_json(const fs::path& path, const History& history) {
  std::ofstream file(path);
  file << "{";
  bool first = true;
  for (const auto& [key, values] : history.history()) {
    file << (first ? "" : ", ") << '"' << key << "\": " << values.back();
    first = false;
  }
  file << "}\n";
}

void write(const fs::path& folder, Case made, bool trains = true) {
  fs::create_directories(folder);
  const auto save = [&](const std::string& name, const Array& array) {
    const bool is_known = array.dtype() != DType::BFloat16;  // to NumPy
    data::save_npy((folder / name).string(), is_known ? array : array.astype(DType::Float32));
  };
  made.model.save((folder / "model.keras").string());
  const auto save_all = [&](const std::string& kind, const Arrays& arrays) {
    for (size_t i = 0; i < arrays.size(); ++i) save(kind + std::to_string(i) + ".npy", arrays[i]);
  };
  save_all("x", made.x);
  save_all("y", made.y);
  save_all("before", made.model.predict_all(made.x, {.verbose = 0}));
  if (!trains) return;
  write_json(folder / "history.json",
             made.model.fit(made.x, made.y, {.batch_size = 16, .epochs = 1, .verbose = 0, .shuffle = false}));
  save_all("after", made.model.predict_all(made.x, {.verbose = 0}));
  made.model.save((folder / "trained.keras").string(), {.check_on = made.x});
  made.model.save((folder / "trained.h5").string());
}

// Layers that draw noise make a course of their own.
bool trains(const fs::path& folder) {
  std::ifstream file(folder / "case.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.find("\"train\": true") != std::string::npos;
}

Arrays load_all(const fs::path& folder, const std::string& kind) {
  Arrays arrays;
  for (fs::path file; fs::exists(file = folder / (kind + std::to_string(arrays.size()) + ".npy"));) {
    arrays.push_back(data::load_npy(file.string()));
  }
  return arrays;
}

void write_parity_cases(const fs::path& target, const fs::path& cases) {
  for (const auto& entry : fs::directory_iterator(cases)) {
    const fs::path folder = entry.path();
    try {
      const Model model = models::load_model((folder / "model.keras").string());
      write(target / ("parity_" + folder.filename().string()),
            {model, load_all(folder, "x"), load_all(folder, "y")},
            trains(folder));
    } catch (const FileError& error) {
      std::fprintf(stderr, "not yet: %s\n", std::string(error.what()).substr(0, 160).c_str());
    }
  }
}

// The same lines stand in check.py: same seed, same model. The layers are made after the seed is set.
template <class Layers>
void write_seeded(const fs::path& folder, const Array& x, const Layers& layers) {
  fs::create_directories(folder);
  const Array y = inputs({80, 1});
  data::save_npy((folder / "x.npy").string(), x);
  data::save_npy((folder / "y.npy").string(), y);
  set_random_seed(42);
  Sequential model(layers());
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.batch_size = 16, .epochs = 5, .verbose = 0});
  model.save((folder / "trained.keras").string());
}

void write_seeded_models(const fs::path& root) {
  using Items = std::vector<SequentialItem>;
  using namespace layers;
  write_seeded(root / "seeded_rows", inputs({80, 10}), [] {
    return Items{Input({10}), Dense(16, "relu"), Dropout(0.3), Dense(8, {.kernel_initializer = "he_normal"}),
                 Dropout(0.2, {.seed = 5}), Dense(1)};
  });
  write_seeded(root / "seeded_images", inputs({80, 8, 8, 3}), [] {
    return Items{Input({8, 8, 3}), Conv2D(4, 3, {.activation = "tanh", .kernel_initializer = "lecun_uniform"}),
                 SpatialDropout2D(0.25), DepthwiseConv2D(2, {.use_bias = false}), GaussianNoise(0.1),
                 BatchNormalization(), Flatten(), GaussianDropout(0.2),
                 Dense(1, {.kernel_initializer = "truncated_normal"})};
  });
  write_seeded(root / "seeded_steps", labels(80 * 6, 9).reshape({80, 6}), [] {
    return Items{Input({6}), Embedding(9, 5),
                 LSTM(4, {.dropout = 0.2, .recurrent_dropout = 0.3, .return_sequences = true}),
                 Bidirectional(GRU(3, {.dropout = 0.1})), AlphaDropout(0.1), Dense(1)};
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  set_random_seed(7);
  std::map<std::string, Case> cases;
  add_optimizers(cases);
  add_losses(cases);
  add_layers(cases);
  add_more_layers(cases);
  add_graphs(cases);
  add_operations(cases);
  add_dtypes(cases);
  for (const auto& [name, made] : cases) write(fs::path(argv[1]) / name, made);
  write_parity_cases(argv[1], fs::path(argv[2]) / "cases");
  write_parity_cases(argv[1], fs::path(argv[2]) / "layers");
  write_seeded_models(argv[1]);
}
