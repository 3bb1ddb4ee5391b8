#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keraslike/callbacks/callback.h"
#include "keraslike/utils/format.h"

namespace keraslike {

namespace callbacks {

// What `fit` returns: each log of each epoch. `history["val_loss"]` is a vector with one number per epoch.
class History : public Callback {
 public:
  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  bool wants_batch_logs(int64_t) override { return false; }

  // Throws ValueError with the known names where there is no such log.
  const std::vector<double>& operator[](const std::string& name) const;
  const std::vector<double>& at(const std::string& name) const { return (*this)[name]; }
  bool contains(const std::string& name) const { return history_.count(name) > 0; }

  // In alphabetical order; a log that first came in a later epoch stands behind.
  const std::vector<std::string>& keys() const { return keys_; }

  // The indices of the epochs, and all logs by name.
  const std::vector<int64_t>& epoch() const { return epoch_; }
  const std::map<std::string, std::vector<double>>& history() const { return history_; }

  // A line per log: "loss: 0.5000, 0.2500".
  std::string to_string() const;

 private:
  std::vector<std::string> keys_;
  std::vector<int64_t> epoch_;
  std::map<std::string, std::vector<double>> history_;
};

}  // namespace callbacks

using callbacks::History;

}  // namespace keraslike

template <>
struct fmt::formatter<keraslike::History> : keraslike::utils::TextFormatter<keraslike::History> {};
