#include "keraslike/callbacks/history.h"

#include "keraslike/utils/number_format.h"

namespace keraslike::callbacks {

void History::on_train_begin(Logs&) { epoch_.clear(); }

void History::on_epoch_end(int64_t epoch, Logs& logs) {
  epoch_.push_back(epoch);
  for (const auto& [key, value] : logs) {
    std::vector<double>* values = history_.find(key);
    if (values == nullptr) values = &history_.set(key, {});
    values->push_back(value);
  }
}

std::string History::to_string() const {
  std::string text;
  for (const auto& [key, values] : history_) {
    std::string list;
    for (const double value : values) list += (list.empty() ? "" : ", ") + utils::python_float(value);
    text += fmt::format("{}'{}': [{}]", text.empty() ? "" : ", ", key, list);
  }
  return '{' + text + '}';
}

}  // namespace keraslike::callbacks
