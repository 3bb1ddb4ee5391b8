#include <fmt/format.h>

#include "keraslike/cli/commands.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/threads.h"

namespace keraslike::cli {

namespace {

// "0=1,1=2.5"
std::map<int64_t, double> class_weights(const std::string& text) {
  std::map<int64_t, double> weights;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const size_t equals = item.find('=');
    try {
      if (equals == std::string::npos) throw std::invalid_argument(item);
      weights[std::stoll(item.substr(0, equals))] = std::stod(item.substr(equals + 1));
    } catch (const std::logic_error&) {
      throw ValueError("--class-weight expects class=weight,class=weight, as in 0=1,1=2.5. Received: '{}'", text);
    }
    begin = end + 1;
  }
  return weights;
}

// From the same config, drawn anew; compiled as the file says.
Model with_fresh_weights(const Model& model) { return models::model_from_json(model.to_json()); }

FitOptions options_of(const FitArguments& arguments) {
  FitOptions options{.batch_size = arguments.batch_size,
                     .epochs = arguments.epochs,
                     .verbose = arguments.verbose,
                     .validation_split = arguments.validation_split,
                     .shuffle = !arguments.no_shuffle,
                     .class_weight = class_weights(arguments.class_weight)};
  if (!arguments.val_x.empty()) options.validation_data = {load_data(arguments.val_x), load_data(arguments.val_y)};
  if (!arguments.sample_weight.empty()) options.sample_weight = load_array(arguments.sample_weight);
  return options;
}

void write_history(const std::string& path, const History& history) {
  saving::Json json = saving::Json::object();
  for (const auto& [key, values] : history.history()) json[key] = values;
  saving::write_file(path, saving::dump_json(json) + "\n");
}

}  // namespace

void fit(const FitArguments& arguments) {
  if (arguments.threads) config::set_num_threads(*arguments.threads);
  if (arguments.seed) set_random_seed(*arguments.seed);
  Model model = models::load_model(arguments.model);
  if (arguments.fresh_weights) {
    if (arguments.seed) set_random_seed(*arguments.seed);
    model = with_fresh_weights(model);
  }
  const History history = model.fit(load_data(arguments.x), load_data(arguments.y), options_of(arguments));
  if (!arguments.history.empty()) write_history(arguments.history, history);
  if (!arguments.save.empty()) model.save(arguments.save);
}

void evaluate(const EvaluateArguments& arguments) {
  Model model = models::load_model(arguments.model);
  EvaluateOptions options{.batch_size = arguments.batch_size, .verbose = 0};
  if (!arguments.sample_weight.empty()) options.sample_weight = load_array(arguments.sample_weight);
  const Scores scores = model.evaluate(load_data(arguments.x), load_data(arguments.y), options);
  saving::Json json = saving::Json::object();
  for (const auto& [key, value] : scores) {
    fmt::print("{}: {:.6g}\n", key, value);
    json[key] = value;
  }
  if (!arguments.json.empty()) saving::write_file(arguments.json, saving::dump_json(json) + "\n");
}

}  // namespace keraslike::cli
