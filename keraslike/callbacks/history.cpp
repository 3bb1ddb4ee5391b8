#include "keraslike/callbacks/history.h"

#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::callbacks {

void History::on_train_begin(Logs&) {
  keys_.clear();
  epoch_.clear();
  history_.clear();
}

void History::on_epoch_end(int64_t epoch, Logs& logs) {
  epoch_.push_back(epoch);
  for (const auto& [key, value] : logs) {
    auto& values = history_[key];
    if (values.empty()) keys_.push_back(key);
    values.push_back(value);
  }
}

const std::vector<double>& History::operator[](const std::string& name) const {
  const auto found = history_.find(name);
  if (found == history_.end()) {
    throw ValueError("The history has no log '{}'. {}", name, utils::describe_names(name, keys_));
  }
  return found->second;
}

std::string History::to_string() const {
  std::string text;
  for (const auto& key : keys_) {
    text += key + ":";
    for (const double value : history_.at(key)) text += fmt::format(" {:.4f}", value);
    text += "\n";
  }
  return text;
}

}  // namespace keraslike::callbacks
