#include "keraslike/callbacks/swap_ema_weights.h"

#include "keraslike/models/model.h"
#include "keraslike/optimizers/optimizer_impl.h"

namespace keraslike::callbacks {

void SwapEMAWeights::put_in() {
  if (is_in_) return;
  model().optimizer()->swap_averages();
  is_in_ = true;
}

void SwapEMAWeights::take_out() {
  if (!is_in_) return;
  model().optimizer()->swap_averages();
  is_in_ = false;
}

void SwapEMAWeights::on_epoch_begin(int64_t, Logs&) {
  if (options_.swap_on_epoch) take_out();
}

// Training ends with the weights becoming their averages: the averages must be what the model has by now.
void SwapEMAWeights::on_epoch_end(int64_t epoch, Logs&) {
  if (!options_.swap_on_epoch || is_in_) return;
  put_in();
  if (epoch == params().epochs - 1) model().optimizer()->set_averages_to_weights();
}

void SwapEMAWeights::on_test_begin(Logs&) { put_in(); }
void SwapEMAWeights::on_test_end(Logs&) { take_out(); }
void SwapEMAWeights::on_predict_begin(Logs&) { put_in(); }
void SwapEMAWeights::on_predict_end(Logs&) { take_out(); }

}  // namespace keraslike::callbacks
