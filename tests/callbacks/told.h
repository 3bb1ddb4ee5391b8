#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/keraslike.h"

// A model that trains on zeros, whose callbacks are told what was measured. `golden.py` does the same in Keras.
struct Told {
  static constexpr double kNothing = std::numeric_limits<double>::infinity();  // an epoch that measures nothing

  explicit Told(std::vector<double> epochs, std::string log_key = "val_loss")
      : values(std::move(epochs)),
        key(std::move(log_key)),
        model({keraslike::Input({1}), keraslike::layers::Dense(1)}) {
    model.compile({.optimizer = keraslike::optimizers::SGD(0.5), .loss = "mse", .metrics = {"mae"}});
  }

  keraslike::History fit(const keraslike::CallbackRef& callback) {
    keraslike::callbacks::LambdaCallback tell({.on_epoch_end = [this](int64_t epoch, keraslike::Logs& logs) {
      const double value = values[static_cast<size_t>(epoch)];
      if (value != kNothing) logs.set(key, value);
    }});
    const auto zeros = keraslike::Array::zeros({4, 1});
    return model.fit(zeros, zeros,
                     {.epochs = static_cast<int64_t>(values.size()), .verbose = 0, .callbacks = {tell, callback}});
  }

  std::vector<double> values;
  std::string key;
  keraslike::Sequential model;
};
