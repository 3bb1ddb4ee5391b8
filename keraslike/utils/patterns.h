#pragma once

// For sources.

#include <regex>
#include <string>

namespace keraslike::utils {

// A regular expression of a user's or a file's. Whatever it is, it takes no more time than the length of what it is
// compared with, and no more than a little memory: no counted repetitions, {2,3}, no back references, and at most 1000
// characters.
class Pattern {
 public:
  // Throws ValueError for what is none; its text begins with `expectation`.
  Pattern(const std::string& text, const std::string& expectation);

  bool matches(const std::string& whole) const;
  bool is_within(const std::string& text) const;

 private:
  std::regex expression_;
};

}  // namespace keraslike::utils
