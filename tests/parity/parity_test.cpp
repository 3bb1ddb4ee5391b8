// Keras ran these cases (parity.py says how); the same models, written in C++ and started from the same weights, must
// take the same course.

#include <cmath>

#include "parity/case.h"
#include "parity/sequential_cases.h"

#include "support/catch.h"

using namespace keraslike;
using parity::folder;

namespace {

std::vector<Array> initial_weights(const std::string& name) {
  std::vector<Array> weights;
  for (const auto& [key, array] : data::load_npz((folder(name) / "weights.npz").string())) weights.push_back(array);
  return weights;
}

Sequential built_by_hand(const std::string& name) {
  Sequential model = parity::sequential_cases().at(name)();
  model.set_weights(initial_weights(name));
  return model;
}

}  // namespace

TEST_CASE("Models built by hand take the course that Keras took", "[parity]") {
  for (const auto& [name, build] : parity::sequential_cases()) {
    const parity::Worst worst = parity::run(name, built_by_hand(name));
    parity::print("by hand: " + name, worst);
    INFO(name);
    CHECK(worst.all() <= parity::kLimit);
  }
}

TEST_CASE("The founding examples reproduce Keras' numbers to 1e-5", "[parity]") {
  const std::string name = GENERATE("seed_example_1", "seed_example_3_float64");
  const auto want = parity::read_json(folder(name) / "history.json");
  Sequential model = built_by_hand(name);

  const History history = model.fit(data::load_npy((folder(name) / "x0.npy").string()),
                                    data::load_npy((folder(name) / "y0.npy").string()),
                                    {.batch_size = 32, .epochs = 10, .verbose = 0, .shuffle = false});

  for (size_t epoch = 0; epoch < 10; ++epoch) {
    const double loss = want["loss"][epoch].get<double>();
    CHECK(std::abs(history["loss"][epoch] - loss) <= 1e-5 * loss);
  }
}
