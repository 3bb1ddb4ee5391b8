#pragma once

#include <cstdint>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct TerminateOnNaNOptions {
  bool raise_error = false;  // throw std::runtime_error instead of stopping
};

// Stops training after the first batch whose loss is not a finite number. The loss is the mean since the epoch began.
class TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(TerminateOnNaNOptions options = {}) : options_(options) {}

  void on_batch_end(int64_t batch, Logs& logs) override;

 private:
  TerminateOnNaNOptions options_;
};

}  // namespace keraslike::callbacks
