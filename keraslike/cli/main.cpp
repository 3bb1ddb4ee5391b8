#include <algorithm>
#include <cstdio>
#include <functional>

#include <CLI/CLI.hpp>

#include "keraslike/cli/commands.h"

namespace keraslike::cli {

namespace {

constexpr int kError = 1;
constexpr int kWrongUsage = 2;

void add_summary(CLI::App& app) {
  auto* command = app.add_subcommand("summary", "Print the layers of a model, their output shapes and parameters");
  auto model = std::make_shared<std::string>();
  auto expand = std::make_shared<bool>(false);
  command->add_option("MODEL", *model, "A .keras file")->required();
  command->add_flag("--expand-nested", *expand, "Show the layers of models inside the model too");
  command->callback([=] { summary(*model, *expand); });
}

void add_predict(CLI::App& app) {
  auto* command = app.add_subcommand("predict", "Write what a model makes of data");
  auto a = std::make_shared<PredictArguments>();
  command->add_option("MODEL", a->model, "A .keras file")->required();
  command->add_option("--x", a->x, "Data: .npy, .npz:NAME or .csv; once per input")
      ->required()
      ->expected(1)
      ->take_all();
  command->add_option("--out", a->out, "The .npy file to write; once per output")->required()->expected(1)->take_all();
  command->add_option("--batch-size", a->batch_size, "Rows at a time (32)");
  command->callback([=] { predict(*a); });
}

void add_evaluate(CLI::App& app) {
  auto* command = app.add_subcommand("evaluate", "Print the loss and the metrics of a model on data");
  auto a = std::make_shared<EvaluateArguments>();
  command->add_option("MODEL", a->model, "A compiled .keras file")->required();
  command->add_option("--x", a->x, "Data: .npy, .npz:NAME or .csv; once per input")
      ->required()
      ->expected(1)
      ->take_all();
  command->add_option("--y", a->y, "Targets; once per output")->required()->expected(1)->take_all();
  command->add_option("--sample-weight", a->sample_weight, "A weight per row");
  command->add_option("--batch-size", a->batch_size, "Rows at a time (32)");
  command->add_option("--json", a->json, "Write the values to this file too");
  command->callback([=] { evaluate(*a); });
}

void add_fit_data(CLI::App& command, FitArguments& a) {
  command.add_option("MODEL", a.model, "A compiled .keras file")->required();
  command.add_option("--x", a.x, "Data: .npy, .npz:NAME or .csv; once per input")->required()->expected(1)->take_all();
  command.add_option("--y", a.y, "Targets; once per output")->required()->expected(1)->take_all();
  command.add_option("--sample-weight", a.sample_weight, "A weight per row");
  command.add_option("--class-weight", a.class_weight, "Weights of classes, as 0=1,1=2.5");
  auto* split = command.add_option("--validation-split", a.validation_split, "Share of the last rows to hold out");
  auto* val_x = command.add_option("--val-x", a.val_x, "Data to hold out; once per input")->expected(1)->take_all();
  auto* val_y = command.add_option("--val-y", a.val_y, "Their targets; once per output")->expected(1)->take_all();
  val_x->needs(val_y)->excludes(split);
  val_y->needs(val_x);
}

void add_fit(CLI::App& app) {
  auto* command = app.add_subcommand("fit", "Train a model");
  auto a = std::make_shared<FitArguments>();
  add_fit_data(*command, *a);
  command->add_option("--epochs", a->epochs, "Passes over the data (1)");
  command->add_option("--batch-size", a->batch_size, "Rows per update (32)");
  command->add_flag("--no-shuffle", a->no_shuffle, "Take the rows in their order");
  command->add_option("--seed", a->seed, "As keras.utils.set_random_seed");
  command->add_flag("--fresh-weights", a->fresh_weights, "Draw the weights anew, as the model's config says");
  command->add_option("--history", a->history, "Write what was measured to this JSON file");
  command->add_option("--save", a->save, "Write the trained model to this .keras file");
  command->add_option("--verbose", a->verbose, "0 silent, 1 a bar, 2 a line per epoch (1)")->check(CLI::Range(0, 2));
  command->add_option("--threads", a->threads, "Threads to compute with")->check(CLI::PositiveNumber);
  command->callback([=] { fit(*a); });
}

void add_diff(CLI::App& app) {
  auto* command =
      app.add_subcommand("diff", "Tell how two models differ: configs, weights, and outputs layer by layer");
  auto models = std::make_shared<std::pair<std::string, std::string>>();
  auto x = std::make_shared<Files>();
  command->add_option("A", models->first, "A .keras file")->required();
  command->add_option("B", models->second, "A .keras file")->required();
  command->add_option("--x", *x, "Data to compare outputs on")->expected(1)->take_all();
  command->callback([=] { diff(models->first, models->second, *x); });
}

void add_convert(CLI::App& app) {
  auto* command = app.add_subcommand("convert", "Turn .keras, .h5, .weights.h5, .npz and .safetensors into each other");
  auto files = std::make_shared<std::pair<std::string, std::string>>();
  auto names = std::make_shared<std::string>("keras");
  command->add_option("IN", files->first, "The file to read")->required();
  command->add_option("OUT", files->second, "The file to write; its extension says what it becomes")->required();
  command->add_option("--names", *names, "keras or state_dict: what weights are called in .npz and .safetensors")
      ->check(CLI::IsMember({"keras", "state_dict"}));
  command->callback([=] { convert(files->first, files->second, *names); });
}

int run(int argc, char** argv) {
  CLI::App app("Keras models in C++: look at them, train them, use them.", "keraslike");
  app.require_subcommand(1);
  for (const auto& add : {add_summary, add_predict, add_evaluate, add_fit, add_diff, add_convert}) add(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  } catch (const std::exception& error) {
    std::string line = error.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::fprintf(stderr, "keraslike: %s\n", line.c_str());
    return kError;
  }
}

}  // namespace

}  // namespace keraslike::cli

int main(int argc, char** argv) { return keraslike::cli::run(argc, argv); }
