#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keraslike/utils/format.h"

namespace keraslike {

// What `evaluate` measured, in Keras' order: the loss first, then the metrics as they were compiled.
class Scores {
 public:
  using Entry = std::pair<std::string, double>;

  Scores() = default;
  explicit Scores(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  // By name; an unknown one throws ValueError with the known ones.
  double operator[](const std::string& name) const;
  double at(const std::string& name) const { return (*this)[name]; }
  bool contains(const std::string& name) const;

  double loss() const { return (*this)["loss"]; }
  std::vector<double> values() const;
  std::vector<std::string> names() const;

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }

  // "loss: 0.1234 - mae: 0.2345"
  std::string to_string() const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace keraslike

template <>
struct fmt::formatter<keraslike::Scores> : keraslike::utils::TextFormatter<keraslike::Scores> {};
