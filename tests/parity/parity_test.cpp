// Keras ran these cases (parity.py says how); the same models, written in C++ and started from the same weights, must
// take the same course.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "parity/sequential_cases.h"

#include "support/catch.h"

namespace {

using namespace keraslike;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr int64_t kHead = 8;  // rows that parity.py predicted
constexpr double kLimit = 0.1;  // of the case's tolerance; two Keras backends stay within about 0.01

fs::path folder(const std::string& name) { return fs::path(KERASLIKE_SOURCE_DIR) / "tests/parity/cases" / name; }

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

// The largest error as a share of the tolerance that the case allows.
double excess(const std::vector<double>& got, const std::vector<double>& want, const json& item) {
  REQUIRE(got.size() == want.size());
  double worst = 0.0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double allowed = item["atol"].get<double>() + item["rtol"].get<double>() * std::abs(want[i]);
    worst = std::max(worst, std::abs(got[i] - want[i]) / allowed);
    if (std::isnan(got[i])) worst = INFINITY;
  }
  return worst;
}

double excess(const Array& got, const Array& want, const json& item) {
  REQUIRE(got.shape() == want.shape());
  return excess(got.to_vector<double>(), want.to_vector<double>(), item);
}

std::vector<Array> initial_weights(const std::string& name) {
  std::vector<Array> weights;
  for (const auto& [key, array] : data::load_npz((folder(name) / "weights.npz").string())) weights.push_back(array);
  return weights;
}

FitOptions fit_options(const json& item) {
  FitOptions options{.batch_size = item["fit"]["batch_size"].get<int64_t>(),
                     .epochs = item["fit"]["epochs"].get<int64_t>(),
                     .verbose = 0,
                     .validation_split = item["fit"].value("validation_split", 0.0),
                     .shuffle = item["fit"]["shuffle"].get<bool>()};
  if (item["fit"].contains("class_weight")) {
    for (const auto& [label, weight] : item["fit"]["class_weight"].items()) {
      options.class_weight[std::stoll(label)] = weight.get<double>();
    }
  }
  return options;
}

struct Worst {
  double before = 0, history = 0, evaluate = 0, after = 0;
  double all() const { return std::max({before, history, evaluate, after}); }
};

Worst run(const std::string& name, Sequential model) {
  const json item = read_json(folder(name) / "case.json");
  const auto load = [&](const std::string& file) { return data::load_npy((folder(name) / file).string()); };
  const Array x = load("x0.npy");
  const Array y = load("y0.npy");
  const Array head(x.tensor().narrow(0, 0, kHead));
  Worst worst;
  model.set_weights(initial_weights(name));
  worst.before = excess(model.predict(head, {.verbose = 0}), load("before0.npy"), item);
  if (!item["train"].get<bool>()) return worst;

  FitOptions options = fit_options(item);
  if (fs::exists(folder(name) / "w.npy")) options.sample_weight = load("w.npy");
  const History history = model.fit(x, y, options);

  const json want = read_json(folder(name) / "history.json");
  for (const auto& [key, values] : want.items()) {
    worst.history = std::max(worst.history, excess(history[key], values.get<std::vector<double>>(), item));
  }
  REQUIRE(history.keys().size() == want.size());
  const Scores scores = model.evaluate(x, y, {.verbose = 0});
  const json want_scores = read_json(folder(name) / "evaluate.json");
  for (const auto& [key, value] : want_scores.items()) {
    worst.evaluate = std::max(worst.evaluate,
                              excess(std::vector<double>{scores[key]}, std::vector<double>{value.get<double>()}, item));
  }
  worst.after = excess(model.predict(head, {.verbose = 0}), load("after0.npy"), item);
  return worst;
}

}  // namespace

TEST_CASE("Models built by hand take the course that Keras took", "[parity]") {
  for (const auto& [name, build] : parity::sequential_cases()) {
    const Worst worst = run(name, build());
    fmt::print("{:32} before {:.3f}  history {:.3f}  evaluate {:.3f}  after {:.3f}\n", name, worst.before,
               worst.history, worst.evaluate, worst.after);
    INFO(name);
    CHECK(worst.all() <= kLimit);
  }
}

TEST_CASE("The founding examples reproduce Keras' numbers to 1e-5", "[parity]") {
  const std::string name = GENERATE("seed_example_1", "seed_example_3_float64");
  const json want = read_json(folder(name) / "history.json");
  Sequential model = parity::sequential_cases().at(name)();
  model.set_weights(initial_weights(name));

  const History history = model.fit(data::load_npy((folder(name) / "x0.npy").string()),
                                    data::load_npy((folder(name) / "y0.npy").string()),
                                    {.batch_size = 32, .epochs = 10, .verbose = 0, .shuffle = false});

  for (size_t epoch = 0; epoch < 10; ++epoch) {
    const double loss = want["loss"][epoch].get<double>();
    CHECK(std::abs(history["loss"][epoch] - loss) <= 1e-5 * loss);
  }
}
