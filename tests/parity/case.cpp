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

}  // namespace

fs::path folder(const std::string& name) { return fs::path(KERASLIKE_SOURCE_DIR) / "tests/parity/cases" / name; }

json read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder(""))) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

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
  const auto load = [&](const std::string& file) { return data::load_npy((folder(name) / file).string()); };
  const Array x = load("x0.npy");
  const Array head(x.tensor().narrow(0, 0, std::min(kHead, x.shape()[0])));
  Worst worst;
  worst.before = excess(model.predict(head, {.verbose = 0}), load("before0.npy"), item);
  if (!item["train"].get<bool>()) return worst;

  const Array y = load("y0.npy");
  FitOptions options = fit_options(item);
  if (fs::exists(folder(name) / "w.npy")) options.sample_weight = load("w.npy");
  worst.history = history_excess(model.fit(x, y, options), name, item);
  worst.evaluate = scores_excess(model.evaluate(x, y, {.verbose = 0}), name, item);
  worst.after = excess(model.predict(head, {.verbose = 0}), load("after0.npy"), item);
  return worst;
}

void print(const std::string& name, const Worst& worst) {
  fmt::print("{:36} before {:.3f}  history {:.3f}  evaluate {:.3f}  after {:.3f}\n", name, worst.before, worst.history,
             worst.evaluate, worst.after);
}

}  // namespace parity
