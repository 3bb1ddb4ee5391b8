#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keraslike/utils/ordered_map.h"

namespace keraslike::callbacks {

// What was measured: "loss", "val_loss", ..., sorted by name; what callbacks add stands behind, in their order.
//
// Numbers leave the device only when somebody looks: logs may be made from a source, which is asked once, at the first
// look. So logs that no callback reads cost nothing.
class Logs {
 public:
  using Item = std::pair<std::string, double>;
  using Source = std::function<std::vector<Item>()>;

  Logs() = default;
  Logs(std::initializer_list<Item> items) : Logs(std::vector<Item>(items)) {}
  Logs(std::vector<Item> items);  // NOLINT: a list of measurements is logs
  explicit Logs(Source source) : source_(std::move(source)) {}

  // A copy outlives the source: it holds the numbers.
  Logs(const Logs& other) : items_(other.items()) {}
  Logs& operator=(const Logs& other) {
    items_ = other.items();
    source_ = nullptr;
    return *this;
  }
  Logs(Logs&&) = default;
  Logs& operator=(Logs&&) = default;
  ~Logs() = default;

  // Throws ValueError with the known names where there is no such one.
  double operator[](std::string_view key) const { return items()[key]; }
  double at(std::string_view key) const { return items()[key]; }

  // Null where there is no such name.
  const double* find(std::string_view key) const { return items().find(key); }
  bool contains(std::string_view key) const { return items().contains(key); }

  // Changes a value, or adds one: the callbacks that come later see it, and History keeps it.
  void set(std::string_view key, double value);

  std::vector<std::string> keys() const { return items().keys(); }
  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  size_t size() const { return items().size(); }
  bool empty() const { return items().empty(); }

  const OrderedMap<double>& items() const;

 private:
  // Filled at the first look, from a source that is then forgotten.
  mutable OrderedMap<double> items_;
  mutable Source source_;
};

}  // namespace keraslike::callbacks

namespace keraslike {
using callbacks::Logs;
}  // namespace keraslike
