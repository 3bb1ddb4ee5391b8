#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>


#include "keraslike/callbacks/callback.h"
#include "keraslike/utils/format.h"
#include "keraslike/utils/ordered_map.h"

namespace keraslike::callbacks {

// What `fit` returns: the value of everything measured, epoch by epoch. `history["val_loss"].back()` is the last one.
class History : public Callback {
 public:
  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

  // Throws ValueError with the known names where nothing of this name was measured.
  const std::vector<double>& operator[](std::string_view key) const { return history_[key]; }
  const std::vector<double>& at(std::string_view key) const { return history_[key]; }
  bool contains(std::string_view key) const { return history_.contains(key); }

  // Sorted; what callbacks added, and what first came in a later epoch, stands behind.
  std::vector<std::string> keys() const { return history_.keys(); }

  // As Python prints `history.history`: "{'loss': [0.5, 0.25], 'val_loss': [0.75, 0.5]}".
  std::string to_string() const;

  // The epochs of the last `fit`, from 0; the values of every `fit` that used this object.
  const std::vector<int64_t>& epoch() const { return epoch_; }
  const OrderedMap<std::vector<double>>& history() const { return history_; }

 private:
  std::vector<int64_t> epoch_;
  OrderedMap<std::vector<double>> history_;
};

}  // namespace keraslike::callbacks

namespace keraslike {
using callbacks::History;
}  // namespace keraslike

template <>
struct fmt::formatter<keraslike::History> : keraslike::utils::TextFormatter<keraslike::History> {};
