// Does with models that Keras saved what oracle.py did with them, for as long as it is asked: a process that links
// LibTorch takes half a second to start. It reads a line "FOLDER MODEL EPOCHS", works on FOLDER/MODEL.keras with the
// arrays x0.npy, y0.npy ... beside it, writes MODEL.before0.npy, .json, .after0.npy, .weight0.npy and .trained.keras,
// and answers with "ok" and why it did not plan, or the error. Without epochs it only predicts.

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "keraslike/keraslike.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/json.h"

using namespace keraslike;
namespace fs = std::filesystem;
using saving::Json;

namespace {

using Arrays = std::vector<Array>;

constexpr int64_t kBatch = 4;

struct Question {
  fs::path folder;
  std::string model;
  int64_t epochs = 0;
};

Arrays load_all(const fs::path& folder, const std::string& kind) {
  Arrays arrays;
  for (fs::path file; fs::exists(file = folder / (kind + std::to_string(arrays.size()) + ".npy"));) {
    arrays.push_back(data::load_npy(file.string()));
  }
  return arrays;
}

void save_all(const Question& asked, const std::string& kind, const Arrays& arrays) {
  for (size_t i = 0; i < arrays.size(); ++i) {
    data::save_npy((asked.folder / (asked.model + "." + kind + std::to_string(i) + ".npy")).string(), arrays[i]);
  }
}

Data unwrap(const Arrays& arrays) { return arrays.size() == 1 ? Data(arrays.front()) : Data(arrays); }

// "epochs" of fit_options.json stand in the question.
FitOptions fit_options(const Question& asked) {
  FitOptions options{.batch_size = kBatch, .epochs = asked.epochs, .verbose = 0, .shuffle = false};
  const fs::path weights = asked.folder / "w0.npy";
  if (fs::exists(weights)) options.sample_weight = unwrap(load_all(asked.folder, "w"));
  const fs::path file = asked.folder / "fit_options.json";
  if (!fs::exists(file)) return options;
  const Json json = saving::parse_json(saving::read_file(file.string()), file.string());
  options.validation_split = json.value("validation_split", 0.0);
  const Json classes = json.value("class_weight", Json(Json::object()));
  for (const auto& [label, weight] : classes.items()) {
    options.class_weight[std::stoll(label)] = weight.get<double>();
  }
  return options;
}

Json values_of(const Scores& scores) {
  Json json = Json::object();
  for (const auto& [key, value] : scores) json[key] = value;
  return json;
}

void train(const Question& asked, Model& model, const Arrays& x) {
  const Arrays y = load_all(asked.folder, "y");
  const FitOptions options = fit_options(asked);
  Json measured = Json::object();
  measured["evaluate"] = values_of(model.evaluate(
      unwrap(x), unwrap(y), {.batch_size = kBatch, .verbose = 0, .sample_weight = options.sample_weight}));
  const History history = model.fit(unwrap(x), unwrap(y), options);
  measured["history"] = Json::object();
  for (const auto& [key, values] : history.history()) measured["history"][key] = values;
  saving::write_file((asked.folder / (asked.model + ".json")).string(), saving::dump_json(measured));
  save_all(asked, "after", model.predict_all(unwrap(x), {.batch_size = kBatch, .verbose = 0}));
  save_all(asked, "weight", model.get_weights());
  model.save((asked.folder / (asked.model + ".trained.keras")).string());
}

std::string answer(const Question& asked) {
  Model model = models::load_model((asked.folder / (asked.model + ".keras")).string());
  const Arrays x = load_all(asked.folder, "x");
  save_all(asked, "before", model.predict_all(unwrap(x), {.batch_size = kBatch, .verbose = 0}));
  if (asked.epochs) train(asked, model, x);
  return "ok " + (asked.epochs ? why_eager(model) : "");
}

// One line whatever the error.
std::string answer_or_error(const Question& asked) {
  try {
    return answer(asked);
  } catch (const std::exception& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return "error " + text;
  }
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    Question asked;
    std::istringstream(line) >> asked.folder >> asked.model >> asked.epochs;
    std::cout << answer_or_error(asked) << std::endl;
  }
}
