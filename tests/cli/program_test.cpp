// Runs the `keraslike` program as a user does.

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "data/files.h"
#include "keraslike/keraslike.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"
#include "parity/case.h"

#include "support/catch.h"

using namespace keraslike;
using tests::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

struct Result {
  int status;
  std::string output;  // of both streams
};

Result keraslike_program(const std::string& arguments) {
  const std::string command = std::string(KERASLIKE_PROGRAM) + " " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Result result{0, {}};
  std::array<char, 4096> block{};
  while (const size_t count = std::fread(block.data(), 1, block.size(), pipe)) {
    result.output.append(block.data(), count);
  }
  const int ended = pclose(pipe);
  result.status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  return result;
}

std::string in_case(const std::string& name, const std::string& file) { return (parity::folder(name) / file).string(); }

// " --x x0.npy --x x1.npy", for each that the case has.
std::string each(const std::string& name, const std::string& kind) {
  std::string text;
  for (int i = 0; fs::exists(in_case(name, fmt::format("{}{}.npy", kind, i))); ++i) {
    text += fmt::format(" --{} {}", kind, in_case(name, fmt::format("{}{}.npy", kind, i)));
  }
  return text;
}

// "MODEL --x X --y Y" of a case.
std::string data_of(const std::string& name) {
  return in_case(name, "model.keras") + each(name, "x") + each(name, "y");
}

std::string fit_options(const std::string& name) {
  const auto item = parity::read_json(in_case(name, "case.json"));
  std::ostringstream text;
  text << " --no-shuffle --verbose 0 --epochs " << item["fit"]["epochs"] << " --batch-size "
       << item["fit"]["batch_size"];
  if (item["fit"].contains("validation_split")) text << " --validation-split " << item["fit"]["validation_split"];
  if (item["fit"].contains("class_weight")) {
    text << " --class-weight ";
    const char* comma = "";
    for (const auto& [label, weight] : item["fit"]["class_weight"].items()) {
      text << comma << label << "=" << weight;
      comma = ",";
    }
  }
  if (fs::exists(in_case(name, "w.npy"))) text << " --sample-weight " << in_case(name, "w.npy");
  return text.str();
}

// A model with a layer that nobody knows.
void write_with_unknown_layer(const std::string& path) {
  const saving::ZipReader model(in_case("adamw", "model.keras"));
  saving::ZipWriter changed(path);
  for (const auto& member : model.names()) {
    std::string bytes = model.read(member);
    if (member == "config.json") bytes.replace(bytes.find("\"Dense\""), 7, "\"Denze\"");
    changed.add(member, bytes);
  }
  saving::write_file(path, changed.finish());
}

}  // namespace

// An entry of ctest by itself: it starts a process for each case and each command.
TEST_CASE("The program does with every model what Keras did", "[.][cases]") {
  for (const auto& name : parity::all_cases()) {
    INFO(name);
    const TemporaryFolder folder;
    const auto item = parity::read_json(in_case(name, "case.json"));
    if (!item["train"].get<bool>()) continue;  // test_parity compares what it predicts
    const auto excess = [&](double got, double want) {
      return parity::excess(std::vector<double>{got}, std::vector<double>{want}, item);
    };

    const Result fitted = keraslike_program("fit " + data_of(name) + fit_options(name) + " --history " +
                                            folder.file("h.json") + " --save " + folder.file("m.keras"));
    INFO(fitted.output);
    REQUIRE(fitted.status == 0);
    CHECK(fitted.output.empty());
    const auto history = parity::read_json(folder.file("h.json"));
    const auto want = parity::read_json(in_case(name, "history.json"));
    REQUIRE(history.size() == want.size());
    double worst = 0;
    for (const auto& [key, values] : want.items()) {
      REQUIRE(history[key].size() == values.size());
      for (size_t i = 0; i < values.size(); ++i) worst = std::max(worst, excess(history[key][i], values[i]));
    }

    const Result evaluated = keraslike_program("evaluate " + folder.file("m.keras") + each(name, "x") +
                                               each(name, "y") + " --json " + folder.file("e.json"));
    REQUIRE(evaluated.status == 0);
    CHECK_THAT(evaluated.output, ContainsSubstring("loss: "));
    const auto scores = parity::read_json(folder.file("e.json"));
    const auto want_scores = parity::read_json(in_case(name, "evaluate.json"));
    REQUIRE(scores.size() == want_scores.size());
    for (const auto& [key, value] : want_scores.items()) worst = std::max(worst, excess(scores[key], value));

    fmt::print("{:36} {:.3f}\n", name, worst);
    CHECK(worst <= parity::limit_of(name));
  }
}

TEST_CASE("The program predicts, from .npy, .npz and .csv", "[cli]") {
  const TemporaryFolder folder;
  const std::string name = "seed_example_1";
  const Array x = data::load_npy(in_case(name, "x0.npy"));
  data::save_npz(folder.file("x.npz"), Data::named({{"other", x[0]}, {"rows", x}}));
  std::ofstream csv(folder.file("x.csv"));
  for (const Array& row : x) {
    const auto values = row.to_vector<double>();
    for (size_t i = 0; i < values.size(); ++i) csv << (i > 0 ? "," : "") << std::hexfloat << values[i];
    csv << '\n';
  }
  csv.close();
  const auto predicted = [&](const std::string& source) {
    const Result result = keraslike_program("predict " + in_case(name, "model.keras") + " --x " + source + " --out " +
                                            folder.file("p.npy"));
    INFO(result.output);
    REQUIRE(result.status == 0);
    return data::load_npy(folder.file("p.npy"));
  };
  const Array from_npy = predicted(in_case(name, "x0.npy"));
  CHECK(from_npy.shape() == Shape{x.shape()[0], 1});
  CHECK(predicted(folder.file("x.npz:rows")) == from_npy);
  const Result which = keraslike_program("predict " + in_case(name, "model.keras") + " --x " + folder.file("x.npz") +
                                         " --out " + folder.file("q.npy"));
  CHECK(which.status == 1);
  CHECK_THAT(which.output, ContainsSubstring("holds 2 arrays. Say which"));
}

TEST_CASE("The program shows a model, and how two differ", "[cli]") {
  const TemporaryFolder folder;
  const Result shown = keraslike_program("summary " + in_case("convnet", "model.keras"));
  CHECK(shown.status == 0);
  CHECK_THAT(shown.output, ContainsSubstring("conv2d (Conv2D)") && ContainsSubstring("Total params:"));

  const std::string model = in_case("adamw", "model.keras");
  CHECK(keraslike_program("diff " + model + " " + model).output == "no difference\n");
  const Result diff = keraslike_program("diff " + model + " " + in_case("adamw", "trained.keras") + " --x " +
                                        in_case("adamw", "x0.npy"));
  CHECK(diff.status == 0);
  CHECK_THAT(diff.output, ContainsSubstring("weights layers/dense (dense.kernel): differ by") &&
                              ContainsSubstring("output of dense_1 | dense_1: differ by"));
}

TEST_CASE("The program converts weights there and back", "[cli]") {
  const TemporaryFolder folder;
  const std::string model = in_case("convnet", "model.keras");
  const auto convert = [&](const std::string& in, const std::string& out) {
    const Result result = keraslike_program("convert " + in + " " + out);
    INFO(result.output);
    REQUIRE(result.status == 0);
  };
  convert(model, folder.file("a.weights.h5"));
  convert(folder.file("a.weights.h5"), folder.file("b.npz"));
  convert(folder.file("b.npz"), folder.file("c.safetensors"));
  convert(folder.file("c.safetensors"), folder.file("d.weights.h5"));
  const Model original = models::load_model(model);
  Model other = models::clone_model(original);
  other.load_weights(folder.file("d.weights.h5"));
  CHECK(other.get_weights() == original.get_weights());
  convert("--names state_dict " + model, folder.file("s.npz"));
  CHECK(data::load_npz(folder.file("s.npz"))["dense.linear.weight"].shape() == Shape{3, 32});
}

TEST_CASE("Seeds and fresh weights of the program", "[cli]") {
  const TemporaryFolder folder;
  const auto train = [&](const std::string& more, const char* out) {
    const Result result =
        keraslike_program("fit " + data_of("adamw") + " --verbose 0 --save " + folder.file(out) + more);
    INFO(result.output);
    REQUIRE(result.status == 0);
    return models::load_model(folder.file(out)).get_weights();
  };
  CHECK(train(" --seed 3 --fresh-weights", "a.keras") == train(" --seed 3 --fresh-weights", "b.keras"));
  CHECK_FALSE(train(" --seed 3 --fresh-weights", "a.keras") == train(" --seed 4 --fresh-weights", "b.keras"));
}

TEST_CASE("The program's exit status tells errors from wrong usage", "[cli][errors]") {
  const auto is_error = [](const Result& result, const std::string& text) {
    CHECK(result.status == 1);
    CHECK_THAT(result.output, StartsWith("keraslike: ") && ContainsSubstring(text));
    CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 1);
  };
  is_error(keraslike_program("summary /nowhere.keras"), "File not found: filepath=/nowhere.keras");
  const TemporaryFolder folder;
  write_with_unknown_layer(folder.file("m.keras"));
  is_error(keraslike_program("summary " + folder.file("m.keras")), "identifier: 'Denze'");
  is_error(keraslike_program("fit " + data_of("adamw") + " --class-weight 0:1"), "--class-weight expects");
  is_error(keraslike_program("evaluate " + in_case("adamw", "model.keras") + " --x " + in_case("convnet", "x0.npy") +
                             " --y " + in_case("adamw", "y0.npy")), "expects `x` of shape (None, 10)");
  CHECK(keraslike_program("").status == 2);
  CHECK(keraslike_program("paint").status == 2);
  CHECK(keraslike_program("predict model.keras").status == 2);
  CHECK(keraslike_program("fit " + data_of("adamw") + " --verbose 7").status == 2);
  CHECK(keraslike_program("--help").status == 0);
  CHECK(keraslike_program("fit --help").status == 0);
}
