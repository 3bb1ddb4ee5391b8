// Lesson 6: a number from a table, and a run that stops in time.
//
// `validation_split` holds back the last rows, before any shuffling. EarlyStopping watches the loss on them and, when
// it has not improved for ten epochs, stops and brings back the best weights. A hand-written loop needs a copy of every
// parameter for that; note that without `.restore_best_weights` Keras keeps the weights of the last epoch.

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(6);

  const data::Table table = data::read_csv(KERASLIKE_SAMPLES "/data/diabetes.csv");
  const Array x = table.except("target");
  const Array y = table["target"];

  layers::Normalization normalization;
  normalization.adapt(x);
  Sequential model({Input({10}), normalization, layers::Dense(32, "relu"), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.02), .loss = "mse", .metrics = {"mae"}});

  callbacks::EarlyStopping early_stopping({.patience = 10, .restore_best_weights = true});
  const History history =
      model.fit(x, y, {.epochs = 300, .verbose = 0, .callbacks = {early_stopping}, .validation_split = 0.2});

  const double always_the_mean = 77.0;  // the mean absolute error of the best constant guess, about
  fmt::print("Stopped early: {}\n", history["val_mae"].size() < 300);
  const double error = model.evaluate(x, y, {.verbose = 0})["mae"];
  fmt::print("Better than guessing the mean: {}\n", error < 0.7 * always_the_mean);
}

// Prints:
// Stopped early: true
// Better than guessing the mean: true
