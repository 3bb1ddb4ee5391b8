#pragma once

#include <cstdint>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct SwapEMAWeightsOptions {
  bool swap_on_epoch = false;  // the model has its averages between epochs too, for callbacks that save it
};

// While the model is measured, or predicts, its weights are the moving averages that an optimizer with `use_ema` keeps.
// Throws ValueError where the optimizer keeps none.
class SwapEMAWeights : public Callback {
 public:
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {}) : options_(options) {}

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_end(Logs& logs) override;

 private:
  void put_in();
  void take_out();

  SwapEMAWeightsOptions options_;
  bool is_in_ = false;
};

}  // namespace keraslike::callbacks
