#include "keraslike/callbacks/terminate_on_nan.h"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"
#include "keraslike/utils/number_format.h"

namespace keraslike::callbacks {

void TerminateOnNaN::on_batch_end(int64_t batch, Logs& logs) {
  const double* loss = logs.find("loss");
  if (loss == nullptr || std::isfinite(*loss)) return;
  if (options_.raise_error) {
    throw std::runtime_error(
        fmt::format("NaN or Inf loss encountered at batch {}. Loss value: {}. Terminating training immediately.", batch,
                    utils::python_float(*loss)));
  }
  utils::print_line(fmt::format("Batch {}: Invalid loss, terminating training", batch));
  model().set_stop_training(true);
}

}  // namespace keraslike::callbacks
