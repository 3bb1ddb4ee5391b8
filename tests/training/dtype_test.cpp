#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "keraslike/keraslike.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/torch.h"

#include "support/precision.h"
#include "support/catch.h"

using namespace keraslike;
using Json = nlohmann::json;

namespace {

// What make_dtypes.py wrote.
std::string path_of(const std::string& file) { return KERASLIKE_SOURCE_DIR "/tests/training/dtypes/" + file; }

Json golden(const std::string& name) {
  std::ifstream file(path_of(name + ".json"));
  return Json::parse(file);
}

at::Tensor wave(const Shape& shape, double step) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.count(); ++i) values.push_back(std::sin(step * static_cast<double>(i + 1)));
  return at::tensor(values, at::kDouble).reshape(shape);
}

// The rows of make_dtypes.py.
at::Tensor inputs_of(const std::string& kind) {
  if (kind == "rows") return wave({10, 6}, 0.7);
  if (kind == "images") return wave({10, 6, 6, 2}, 0.7);
  if (kind == "sequences") return wave({10, 5, 3}, 0.7);
  const at::Tensor i = at::arange(40, at::kLong);
  return (i * 5 + i.floor_divide(3)).remainder(7).reshape({10, 4});
}

at::Tensor targets_of(const std::string& kind) {
  return kind == "rows" ? (at::arange(10, at::kLong) * 7).remainder(3) : wave({10, 3}, 1.3);
}

// The largest error as a share of the largest value.
double error(const at::Tensor& got, const Json& want) {
  const at::Tensor wanted = at::tensor(want.at("values").get<std::vector<double>>(), at::kDouble);
  REQUIRE(got.numel() == wanted.numel());
  if (got.numel() == 0) return 0.0;
  const double size = wanted.abs().max().item<double>();
  return (got.to(at::kDouble).reshape(-1) - wanted).abs().max().item<double>() / std::max(size, 1e-3);
}

double worst_error(const std::vector<at::Tensor>& got, const Json& want) {
  REQUIRE(got.size() == want.size());
  double worst = 0.0;
  for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, error(got[i], want[i]));
  return worst;
}

std::vector<at::Tensor> values_of(const std::vector<layers::WeightPtr>& weights) {
  std::vector<at::Tensor> values;
  for (const auto& weight : weights) values.push_back(weight->saved());
  return values;
}

std::vector<at::Tensor> weights_of(const Model& model) {
  std::vector<at::Tensor> values;
  for (const Array& weight : model.get_weights()) values.push_back(weight.tensor());
  return values;
}

double history_error(const History& history, const Json& want) {
  double worst = 0.0;
  for (const auto& [key, values] : want.items()) {
    for (size_t epoch = 0; epoch < values.size(); ++epoch) {
      const double value = values[epoch].get<double>();
      worst = std::max(worst, std::abs(history[key].at(epoch) - value) / std::max(std::abs(value), 1e-3));
    }
  }
  return worst;
}

struct Errors {
  double before, history, after, weights, optimizer;
};

// Loads what Keras saved and trains it as Keras did.
Errors errors_of(const std::string& name, const std::string& kind) {
  const Json want = golden(name);
  Model model = models::load_model(path_of(name + ".keras"));
  const at::Tensor x = inputs_of(kind);
  const double before = error(model.predict(x, {.verbose = 0}).tensor(), want.at("before"));
  const History history =
      model.fit(x, targets_of(kind), {.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false});
  return {before, history_error(history, want.at("history")),
          error(model.predict(x, {.verbose = 0}).tensor(), want.at("after")),
          worst_error(weights_of(model), want.at("weights")),
          worst_error(values_of(model.optimizer()->variables()), want.at("optimizer"))};
}

void print(const std::string& name, const Errors& errors) {
  fmt::print("{:26} before {:.1e} history {:.1e} after {:.1e} weights {:.1e} optimizer {:.1e}\n", name, errors.before,
             errors.history, errors.after, errors.weights, errors.optimizer);
}

}  // namespace

// Layers agree to the twelfth digit. What Python's numbers take part in does not: TensorFlow makes float32 of these
// before it makes float64, of the root of 2 in gelu as of the numbers of an optimizer's rule.
TEST_CASE("Models of float64 compute what Keras computes", "[training][dtype]") {
  const test::Precision precision("float64", "float64");
  const std::string kind = GENERATE("rows", "images", "sequences");
  const std::string name = "float64_" + kind;
  INFO(name);

  const Errors errors = errors_of(name, kind);

  print(name, errors);
  CHECK(errors.before < (kind == "rows" ? 1e-7 : 1e-12));
  CHECK(errors.history < 1e-5);
  CHECK(errors.after < 1e-5);
}

// A bfloat16 is up to 2^-8 off its neighbours. Layers compute the same to the last bit, but for what adds several
// products (recurrent layers, attention), which is rounded once here and after each in Keras. Three epochs of steps
// carry on what sums of gradients differ by; weights that no output depends on, as the bias of keys, mean nothing.
TEST_CASE("Models of mixed_bfloat16 take Keras' course within the rounding of bfloat16", "[training][dtype]") {
  const test::Precision precision("float32", "mixed_bfloat16");
  constexpr double kUnit = 1.0 / 256;
  const std::string kind = GENERATE("rows", "images", "sequences", "attention");
  const std::string name = "mixed_bfloat16_" + kind;
  INFO(name);

  const Errors errors = errors_of(name, kind);

  print(name, errors);
  CHECK(errors.before <= (kind == "rows" || kind == "images" ? 0.0 : 4 * kUnit));
  CHECK(errors.history <= kUnit);
  CHECK(errors.after <= 6 * kUnit);
}

TEST_CASE("LossScaleOptimizer skips steps and moves its scale as Keras' does", "[training][dtype]") {
  const Json want = golden("loss_scale");
  Model model = models::load_model(path_of("loss_scale.keras"));
  std::vector<double> scales;

  for (int step = 0; step < 9; ++step) {
    const at::Tensor y = wave({4, 2}, 1.3) * (step == 4 ? 1e37 : 1.0);
    model.train_on_batch(wave({4, 6}, 0.7 + step), y);
    for (const auto& variable : model.optimizer()->variables()) {
      if (variable->name == "dynamic_scale") scales.push_back(variable->tensor.item<double>());
    }
  }

  CHECK(scales == want.at("scales").get<std::vector<double>>());
  CHECK(worst_error(weights_of(model), want.at("weights")) < 1e-5);
  CHECK(worst_error(values_of(model.optimizer()->variables()), want.at("optimizer")) < 1e-5);
  CHECK(model.optimizer().iterations() == 8);
}

TEST_CASE("A file of Keras' mixed_float16 brings the wrapped optimizer and its state", "[training][dtype]") {
  const Json want = golden("mixed_float16");

  const Model model = models::load_model(path_of("mixed_float16.keras"));

  CHECK(model.dtype_policy() == DTypePolicy("mixed_float16"));
  CHECK(model.optimizer().name() == "loss_scale_optimizer");
  CHECK(std::abs(model.optimizer().learning_rate() - 0.01) < 1e-9);
  CHECK(worst_error(weights_of(model), want.at("weights")) == 0.0);
  CHECK(worst_error(values_of(model.optimizer()->variables()), want.at("optimizer")) == 0.0);
}

TEST_CASE("Inputs of doubles are taken as they are, where they lie", "[training][dtype]") {
  const std::vector<double> x{1.0 + 1e-12, 2.0};
  Sequential model({Input({1}, {.dtype = "float64"}), layers::Identity({.dtype = "float64"})});

  const Array made = model.predict({x.data(), {2, 1}}, {.verbose = 0});

  CHECK(made.dtype() == DType::Float64);
  CHECK(made.to_vector<double>() == x);
}

TEST_CASE("A model of another type than float32 says why it runs on autograd", "[training][dtype]") {
  Sequential model({Input({3}), layers::Dense(2, {.dtype = "mixed_bfloat16", .name = "half"})});
  model.compile({.optimizer = "sgd", .loss = "mse"});

  model.fit(at::ones({4, 3}), at::ones({4, 2}), {.verbose = 0});

  CHECK(why_eager(model) == "layer 'half' computes in bfloat16, and plans are of float32");
  CHECK_THROWS_WITH(Predictor(model), ContainsSubstring("computes in bfloat16"));
}

TEST_CASE("What LibTorch can not compute in float16 on the CPU is said, and nothing breaks", "[training][dtype]") {
  Sequential model({Input({3}), layers::Dense(2, {.dtype = "mixed_float16", .name = "half"})});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const auto before = model.get_weights();

  try {
    model.fit(at::ones({4, 3}), at::ones({4, 2}), {.verbose = 0});
  } catch (const ValueError& error) {
    CHECK_THAT(error.what(), ContainsSubstring("calling layer 'sequential"));
    CHECK_THAT(error.what(), ContainsSubstring("not implemented for 'Half'"));
    CHECK(model.get_weights() == before);
    return;
  }
  CHECK(model.get_weights() != before);  // a LibTorch that can
}

TEST_CASE("compile wraps its optimizer for mixed_float16 alone, unless it is told not to", "[training][dtype]") {
  const test::Precision precision("float32", "mixed_float16");
  Sequential model({Input({3}), layers::Dense(2)});

  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(model.optimizer().name() == "loss_scale_optimizer");
  model.compile({.optimizer = optimizers::LossScaleOptimizer("adam", {.name = "mine"})});
  CHECK(model.optimizer().name() == "mine");
  model.compile({.optimizer = "adam", .auto_scale_loss = false});
  CHECK(model.optimizer().name().starts_with("adam"));
}
