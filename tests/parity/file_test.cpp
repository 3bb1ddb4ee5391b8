// The cases again, each from the file that Keras wrote.

#include <algorithm>
#include <cmath>
#include <set>

#include "keraslike/models/saved_tree.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/zip_file.h"
#include "parity/case.h"
#include "parity/own_cells.h"

#include "support/catch.h"

using namespace keraslike;
using parity::folder;

namespace {

// Their layers, or their graphs, are not there yet. Whatever can be loaded must not be listed.
const std::set<std::string> kNotYet{};

// With cells of Keras' own tests, which a user registers.
const std::set<std::string> kOwnCells{"layers/RNN_00", "layers/RNN_03", "layers/RNN_06"};

std::string model_file(const std::string& name) { return (folder(name) / "model.keras").string(); }

// The worst error of the optimizer's state, which Keras saved after training, against the model's own.
double state_excess(const Model& model, const std::string& name) {
  const std::string path = (folder(name) / "trained.keras").string();
  const saving::Hdf5Reader file(saving::ZipReader(path).read("model.weights.h5"), path);
  const models::SavedObject state = models::saved_objects(model).back();
  REQUIRE(state.is_optimizer);
  REQUIRE(file.datasets("optimizer/vars").size() == state.variables.size());
  const auto item = parity::read_json(folder(name) / "case.json");
  double worst = 0;
  for (size_t i = 0; i < state.variables.size(); ++i) {
    const Array got(state.variables[i]->in_keras_shape().contiguous());
    const Array want(file.read("optimizer/vars/" + std::to_string(i)));
    REQUIRE(got.shape() == want.shape());
    worst = std::max(worst, parity::excess(got.to_vector<double>(), want.to_vector<double>(), item));
  }
  return worst;
}

}  // namespace

TEST_CASE("Models from Keras' files take the course that Keras took", "[parity]") {
  for (const auto& name : parity::all_cases()) {
    if (kNotYet.contains(name)) continue;
    Model model = models::load_model(model_file(name));
    const parity::Worst worst = parity::run(name, model);
    parity::print(name, worst);
    INFO(name);
    CHECK(worst.all() <= parity::limit_of(name));
    if (std::filesystem::exists(folder(name) / "trained.keras")) CHECK(state_excess(model, name) <= parity::kLimit);
  }
}

TEST_CASE("Models of one layer take the course that Keras took", "[parity]") {
  for (const auto& name : parity::all_layers()) {
    INFO(name);
    const parity::Worst worst =
        parity::run(name, models::load_model(model_file(name), {.custom_objects = parity::own_cells()}));
    parity::print(name, worst);
    CHECK(worst.all() <= parity::kLimit);
  }
}

TEST_CASE("What can not be loaded yet is named", "[parity]") {
  for (const auto& name : kNotYet) {
    INFO(name);
    CHECK_THROWS_WITH(models::load_model(model_file(name)), ContainsSubstring("Could not interpret layer identifier"));
  }
}

TEST_CASE("Cells of the user's own must be told to whoever reads a file", "[parity]") {
  for (const auto& name : kOwnCells) {
    INFO(name);
    CHECK_THROWS_WITH(models::load_model(model_file(name)), ContainsSubstring("Could not interpret layer identifier"));
  }
}

TEST_CASE("A trained file goes on training where Keras stopped", "[parity]") {
  Model trained = models::load_model((folder("adamw") / "trained.keras").string());
  Model fresh = models::load_model(model_file("adamw"));
  const Array x = data::load_npy((folder("adamw") / "x0.npy").string());
  const Array y = data::load_npy((folder("adamw") / "y0.npy").string());
  const FitOptions once{.batch_size = 16, .epochs = 3, .verbose = 0, .shuffle = false};
  fresh.fit(x, y, once);

  const History on = trained.fit(x, y, once);
  const History ours = fresh.fit(x, y, once);

  for (size_t epoch = 0; epoch < 3; ++epoch) CHECK(std::abs(on["loss"][epoch] - ours["loss"][epoch]) < 1e-5);
}
