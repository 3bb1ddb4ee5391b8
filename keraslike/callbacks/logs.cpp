#include "keraslike/callbacks/logs.h"

#include <algorithm>

namespace keraslike::callbacks {

namespace {

OrderedMap<double> sorted(std::vector<Logs::Item> items) {
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  OrderedMap<double> result;
  for (const auto& [key, value] : items) result.set(key, value);
  return result;
}

}  // namespace

Logs::Logs(std::vector<Item> items) : items_(sorted(std::move(items))) {}

const OrderedMap<double>& Logs::items() const {
  if (source_) items_ = sorted(std::exchange(source_, nullptr)());
  return items_;
}

void Logs::set(std::string_view key, double value) {
  items();
  items_.set(key, value);
}

}  // namespace keraslike::callbacks
