#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace test {

// What the public headers of a folder declare, read from their text: C++ can not tell the names of a struct's members.
class Declarations {
 public:
  // `folder` within keraslike/, as "layers".
  explicit Declarations(const std::string& folder);

  // A class, a struct or another name for one.
  bool has_class(const std::string& name) const { return bodies_.count(meaning(name)) > 0; }
  bool has_function(const std::string& name) const { return functions_.count(name) > 0; }

  // The arguments of a class' constructors: the positional ones, and the members of its options with what they are set
  // to; in the order in which they are declared, which designators must keep.
  struct Arguments {
    std::vector<std::string> positional;
    std::vector<std::pair<std::string, std::string>> options;
    bool has_positional(const std::string& name) const;
    size_t place(const std::string& option) const;  // the number of options where there is none of this name
  };
  Arguments arguments(const std::string& class_name) const;

 private:
  void read(const std::string& path);
  std::string meaning(const std::string& name) const;
  std::vector<std::pair<std::string, std::string>> members(const std::string& options) const;

  std::map<std::string, std::string> aliases_;
  std::map<std::string, std::string> bodies_;
  std::set<std::string> functions_;
};

}  // namespace test
