#pragma once

#include <set>
#include <string>
#include <vector>

namespace test {

// What Keras has and keraslike lacks: the names of one module, with why where that is not "not yet".
struct Missing {
  std::string room;
  std::vector<std::string> names;
  std::string why = {};
};

const std::vector<Missing>& missing();

// The names of one module.
std::set<std::string> missing_of(const std::string& room);

}  // namespace test
