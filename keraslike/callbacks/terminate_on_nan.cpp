#include "keraslike/callbacks/terminate_on_nan.h"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"

namespace keraslike::callbacks {

void TerminateOnNaN::on_train_batch_end(int64_t batch, Logs& logs) {
  const auto loss = logs.find("loss");
  if (loss == logs.end() || std::isfinite(loss->second)) return;
  if (options_.raise_error) {
    throw std::runtime_error(fmt::format("NaN or Inf loss encountered at batch {}. Loss value: {}", batch, loss->second));
  }
  utils::print_line(fmt::format("Batch {}: Invalid loss, terminating training", batch));
  model().set_stop_training(true);
}

}  // namespace keraslike::callbacks
