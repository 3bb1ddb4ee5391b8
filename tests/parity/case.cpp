#include "parity/case.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "keraslike/torch.h"

#include "support/catch.h"

namespace parity {

using namespace keraslike;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kHead = 8;  // rows that parity.py predicted

double excess(const Array& got, const Array& want, const json& item) {
  REQUIRE(got.shape() == want.shape());
  return parity::excess(got.to_vector<double>(), want.to_vector<double>(), item);
}

FitOptions fit_options(const std::string& name, const json& item) {
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
  const fs::path weights = folder(name) / "w.npy";
  if (fs::exists(weights)) options.sample_weight = data::load_npy(weights.string());
  return options;
}

double history_excess(const History& history, const std::string& name, const json& item) {
  const json want = read_json(folder(name) / "history.json");
  REQUIRE(history.keys().size() == want.size());
  double worst = 0;
  for (const auto& [key, values] : want.items()) {
    worst = std::max(worst, excess(history[key], values.get<std::vector<double>>(), item));
  }
  return worst;
}

double scores_excess(const Scores& scores, const std::string& name, const json& item) {
  double worst = 0;
  const json want = read_json(folder(name) / "evaluate.json");
  for (const auto& [key, value] : want.items()) {
    worst = std::max(worst, excess(std::vector<double>{scores[key]}, std::vector<double>{value.get<double>()}, item));
  }
  return worst;
}

std::vector<std::string> names_in(const std::string& prefix, const fs::path& path) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) names.push_back(prefix + entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// x0.npy, x1.npy, ...
std::vector<Array> arrays(const std::string& name, const std::string& kind) {
  std::vector<Array> result;
  for (;;) {
    const fs::path path = folder(name) / fmt::format("{}{}.npy", kind, result.size());
    if (!fs::exists(path)) return result;
    result.push_back(data::load_npy(path.string()));
  }
}

double predictions_excess(Model& model, const std::vector<Array>& x, const std::string& name, const std::string& kind,
                          const json& item) {
  std::vector<Array> head;
  for (const Array& array : x) head.emplace_back(array.tensor().narrow(0, 0, std::min(kHead, array.shape()[0])));
  const auto got = model.predict_all(head, {.verbose = 0});
  const auto want = arrays(name, kind);
  REQUIRE(got.size() == want.size());
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, excess(got[i], want[i], item));
  return worst;
}

}  // namespace

// In the sixth step of residual_block an activation of Keras' is -7.5e-7 before its ReLU; the rounding of LibTorch 1.13
// puts it above 0, and the trajectories part by half the tolerance.
double limit_of(const std::string& name) { return name == "residual_block" ? 1.0 : kLimit; }

fs::path folder(const std::string& name) {
  const fs::path parity = fs::path(KERASLIKE_SOURCE_DIR) / "tests/parity";
  return name.starts_with("layers/") ? parity / name : parity / "cases" / name;
}

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::vector<std::string> all_cases() { return names_in("", folder("")); }
std::vector<std::string> all_layers() { return names_in("layers/", folder("layers/")); }

double Worst::all() const { return std::max({before, history, evaluate, after}); }

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

Worst run(const std::string& name, Model model) {
  const json item = read_json(folder(name) / "case.json");
  const auto x = arrays(name, "x");
  Worst worst;
  worst.before = predictions_excess(model, x, name, "before", item);
  if (!item["train"].get<bool>()) return worst;

  const auto y = arrays(name, "y");
  worst.history = history_excess(model.fit(x, y, fit_options(name, item)), name, item);
  worst.evaluate = scores_excess(model.evaluate(x, y, {.verbose = 0}), name, item);
  worst.after = predictions_excess(model, x, name, "after", item);
  return worst;
}

std::vector<double> course(const std::string& name, Model model) {
  const json item = read_json(folder(name) / "case.json");
  const auto x = arrays(name, "x");
  std::vector<double> all;
  if (item["train"].get<bool>()) {
    const auto y = arrays(name, "y");
    const History history = model.fit(x, y, fit_options(name, item));
    for (const auto& key : history.keys()) all.insert(all.end(), history[key].begin(), history[key].end());
    all.push_back(model.evaluate(x, y, {.verbose = 0}).loss());
  }
  for (const auto& prediction : model.predict_all(x, {.batch_size = 5, .verbose = 0})) {
    const auto values = prediction.to_vector<double>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

void print(const std::string& name, const Worst& worst) {
  fmt::print("{:36} before {:.3f}  history {:.3f}  evaluate {:.3f}  after {:.3f}\n", name, worst.before, worst.history,
             worst.evaluate, worst.after);
}

}  // namespace parity
