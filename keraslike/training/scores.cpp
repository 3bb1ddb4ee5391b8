#include "keraslike/training/scores.h"

#include <algorithm>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike {

double Scores::operator[](const std::string& name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
  if (found == entries_.end()) {
    throw ValueError("There is no score '{}'. {}", name, utils::describe_names(name, names()));
  }
  return found->second;
}

bool Scores::contains(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.first == name; });
}

std::vector<double> Scores::values() const {
  std::vector<double> result;
  for (const auto& [name, value] : entries_) result.push_back(value);
  return result;
}

std::vector<std::string> Scores::names() const {
  std::vector<std::string> result;
  for (const auto& [name, value] : entries_) result.push_back(name);
  return result;
}

std::string Scores::to_string() const {
  std::string result;
  for (const auto& [name, value] : entries_) {
    result += fmt::format("{}{}: {:.4f}", result.empty() ? "" : " - ", name, value);
  }
  return result;
}

}  // namespace keraslike
