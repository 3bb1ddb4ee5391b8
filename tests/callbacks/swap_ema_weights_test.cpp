#include "keraslike/callbacks/swap_ema_weights.h"

#include "keraslike/keraslike.h"

#include "support/catch.h"

using namespace keraslike;
using callbacks::SwapEMAWeights;

namespace {

Sequential model_with(bool use_ema) {
  Sequential model({Input({1}), layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones"})});
  model.compile({.optimizer = optimizers::SGD(0.1, {.use_ema = use_ema, .ema_momentum = 0.5}), .loss = "mse"});
  return model;
}

const Array x = {{1.0}, {1.0}};
const Array y = {{0.0}, {0.0}};

double weight_of(const Model& model) { return model.get_weights()[0].item(); }

}  // namespace

// keras 3.15.1: the same model, data and callback; two epochs of one batch, then evaluate without and with it.
TEST_CASE("SwapEMAWeights measures the averages and gives the weights back", "[callbacks]") {
  Sequential model = model_with(true);
  std::vector<double> seen;
  callbacks::LambdaCallback look({.on_epoch_end = [&](int64_t, Logs&) { seen.push_back(weight_of(model)); }});
  SwapEMAWeights swap;
  const History history =
      model.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {swap, look}, .validation_data = {x, y}});
  CHECK(seen[0] == Approx(0.8));
  CHECK(seen[1] == Approx(0.64));
  CHECK(history["val_loss"][0] == Approx(0.64));    // the first average is the weight itself
  CHECK(history["val_loss"][1] == Approx(0.5184));  // (0.8 + 0.64) / 2, squared
  CHECK(weight_of(model) == Approx(0.72));          // training ends with the averages
}

TEST_CASE("SwapEMAWeights can leave the averages in between epochs", "[callbacks]") {
  Sequential model = model_with(true);
  std::vector<double> seen;
  callbacks::LambdaCallback look({.on_epoch_end = [&](int64_t, Logs&) { seen.push_back(weight_of(model)); }});
  model.fit(x, y, {.epochs = 2, .verbose = 0, .callbacks = {SwapEMAWeights({.swap_on_epoch = true}), look}});
  CHECK(seen[0] == Approx(0.8));
  CHECK(seen[1] == Approx(0.72));
  CHECK(weight_of(model) == Approx(0.72));
}

TEST_CASE("SwapEMAWeights needs averages", "[callbacks]") {
  Sequential model = model_with(false);
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0, .callbacks = {SwapEMAWeights()}, .validation_data = {x, y}}),
                    "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, and after training has "
                    "begun. Received: use_ema=False");
}
