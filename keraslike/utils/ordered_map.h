#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keraslike {

namespace utils {
[[noreturn]] void refuse_key(std::string_view key, const std::string& known);
}

// Values by name, in the order in which names were first set, as in Python's dict. Made for a handful of names.
template <class Value>
class OrderedMap {
 public:
  using Item = std::pair<std::string, Value>;

  OrderedMap() = default;
  OrderedMap(std::initializer_list<Item> items) {
    for (const auto& [key, value] : items) set(key, value);
  }

  // Reads; throws ValueError with the known names where there is no such one. To write, say `set`.
  const Value& operator[](std::string_view key) const {
    if (const Value* found = find(key)) return *found;
    utils::refuse_key(key, joined_keys());
  }

  // Null where there is no such name.
  const Value* find(std::string_view key) const {
    for (const Item& item : items_) {
      if (item.first == key) return &item.second;
    }
    return nullptr;
  }
  Value* find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

  bool contains(std::string_view key) const { return find(key) != nullptr; }

  Value& set(std::string_view key, Value value) {
    Value* found = find(key);
    if (found == nullptr) return items_.emplace_back(std::string(key), std::move(value)).second;
    return *found = std::move(value);
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> result;
    for (const auto& [key, value] : items_) result.push_back(key);
    return result;
  }

  // "accuracy, loss"
  std::string joined_keys(std::string_view separator = ", ") const {
    std::string text;
    for (const auto& [key, value] : items_) text.append(text.empty() ? "" : separator).append(key);
    return text;
  }

  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void clear() { items_.clear(); }

  friend bool operator==(const OrderedMap&, const OrderedMap&) = default;

 private:
  std::vector<Item> items_;
};

}  // namespace keraslike
