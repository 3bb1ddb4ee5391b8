// What surrounds the steps: callbacks, metrics, the progress bar, files, the start of a process, and the compiler.

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <torch/torch.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "report.h"

namespace keraslike::benchmarks {

namespace {

using Prepare = std::function<void(CompileOptions&)>;
using Watch = std::function<void(FitOptions&)>;

std::function<void()> epoch(const Prepare& prepare, const Watch& watch) {
  const at::Tensor x = torch::rand({32000, 10});
  const at::Tensor y = torch::rand({32000, 1});
  Sequential model({Input({10}), layers::Dense(128, "relu"), layers::Dense(1)});
  CompileOptions options{.optimizer = "adam", .loss = "mse"};
  prepare(options);
  model.compile(options);
  return [=]() mutable {
    FitOptions fit{.batch_size = 32, .epochs = 1, .verbose = 0};
    watch(fit);
    model.fit(x, y, fit);
  };
}

Case overhead(const std::string& name, const Prepare& prepare, const Watch& watch) {
  return {.name = name,
          .unit = "step",
          .units = 1000,
          .reference_name = "the same without",
          .reference = epoch([](auto&) {}, [](auto&) {}),
          .keraslike = epoch(prepare, watch)};
}

Case bar() {
  Case result = overhead("progress_bar", [](auto&) {}, [](FitOptions& fit) { fit.verbose = 1; });
  const auto shown = result.keraslike;
  result.keraslike = [shown] {
    const Console before = set_console({.write = [](std::string_view) {}});  // the text is made, but nobody reads it
    shown();
    set_console(before);
  };
  return result;
}

// 25 million numbers of float32.
Sequential large_model() {
  Sequential model({Input({5000}), layers::Dense(5000)});
  return model;
}

std::string place(const std::string& name) { return (std::filesystem::temp_directory_path() / name).string(); }

Case save_file() {
  Sequential model = large_model();
  torch::nn::Linear module(5000, 5000);
  return {.name = "save_100mb",
          .unit = "file",
          .reference_name = "torch::save",
          .reference = [=] { torch::save(module, place("keraslike_benchmark.pt")); },
          .keraslike = [=]() mutable { model.save(place("keraslike_benchmark.keras")); }};
}

Case load_file() {
  Sequential model = large_model();
  torch::nn::Linear module(5000, 5000);
  torch::save(module, place("keraslike_benchmark.pt"));
  model.save(place("keraslike_benchmark.keras"));
  return {.name = "load_100mb",
          .unit = "file",
          .reference_name = "torch::load",
          .reference = [=]() mutable { torch::load(module, place("keraslike_benchmark.pt")); },
          .keraslike = [] { models::load_model(place("keraslike_benchmark.keras")); }};
}

void start(const std::string& what) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  if (std::system(("'" + program + "' --start-" + what).c_str()) != 0) std::abort();
}

Case process_start() {
  return {.name = "process_start",
          .unit = "process",
          .reference_name = "a process that makes a tensor",
          .reference = [] { start("libtorch"); },
          .keraslike = [] { start("keraslike"); }};
}

// As a user compiles a lesson, and the same with all of LibTorch's headers.
Case compile_time() {
  const auto compile = [](const std::string& more) {
    if (std::system((KERASLIKE_COMPILE_LESSON + more).c_str()) != 0) std::abort();
  };
  return {.name = "compile_time",
          .unit = "file",
          .reference_name = "the same with torch/torch.h",
          .rounds = 3,
          .reference = [=] { compile(" -include torch/torch.h"); },
          .keraslike = [=] { compile(""); }};
}

}  // namespace

bool run_start(const std::string& argument) {
  if (argument == "--start-libtorch") return torch::rand({32, 10}).defined();
  if (argument != "--start-keraslike") return false;
  Sequential model({Input({10}), layers::Dense(128, "relu"), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.train_on_batch(torch::rand({32, 10}), torch::rand({32, 1}));
  return true;
}

std::vector<Case> overhead_cases() {
  const Prepare no_metrics = [](auto&) {};
  const Watch nobody = [](auto&) {};
  std::vector<Case> cases{
      overhead("metrics", [](CompileOptions& options) { options.metrics = {"mae", "mse"}; }, nobody),
      overhead("callbacks", no_metrics,
               [](FitOptions& fit) {
                 fit.callbacks = {callbacks::EarlyStopping({.monitor = "loss", .patience = 1000}),
                                  callbacks::LambdaCallback({.on_train_batch_end = [](int64_t, Logs&) {}})};
               }),
      bar()};
  if (std::filesystem::exists("/proc/self/exe")) cases.push_back(process_start());
  cases.push_back(compile_time());
  return cases;
}

std::vector<Case> file_cases() { return {save_file(), load_file()}; }

}  // namespace keraslike::benchmarks
