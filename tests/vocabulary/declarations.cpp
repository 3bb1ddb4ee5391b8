#include "vocabulary/declarations.h"

#include <algorithm>
#include <fstream>
#include <regex>

namespace test {

namespace {

const std::string kRoot = KERASLIKE_SOURCE_DIR "/";

std::vector<std::smatch> all_matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), {}};
}

// What stands between the parenthesis at `open` and its partner.
std::string in_parentheses(const std::string& text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return text.substr(open + 1, i - open - 1);
  }
  return {};
}

}  // namespace

Declarations::Declarations(const std::string& folder) {
  std::ifstream umbrella(kRoot + "keraslike/keraslike.h");
  const std::string head = "#include \"keraslike/" + folder + "/";
  std::string line;
  while (std::getline(umbrella, line)) {
    if (line.rfind(head, 0) == 0) read(kRoot + line.substr(10, line.size() - 11));
  }
}

// Declarations begin in the first column, and a class ends with "};" there: clang-format sees to it.
void Declarations::read(const std::string& path) {
  static const std::regex class_head("(?:class|struct) (\\w+)(?: final)?(?: :.*)? \\{(\\};)?");
  static const std::regex alias("using (\\w+) = (?:\\w+::)*(\\w+).*;");
  static const std::regex function("[a-zA-Z][\\w:<> &*]* (\\w+)\\(.*");
  std::ifstream file(path);
  std::string line;
  std::string* open = nullptr;
  while (std::getline(file, line)) {
    if (const auto comment = line.find("//"); comment != std::string::npos) line.resize(comment);
    std::smatch found;
    if (open != nullptr) {
      *open += line + "\n";
      if (line == "};") open = nullptr;
    } else if (std::regex_match(line, found, class_head)) {
      std::string& body = bodies_[found[1]] = "\n";
      if (!found[2].matched) open = &body;
    } else if (std::regex_match(line, found, alias)) {
      aliases_[found[1]] = found[2];
    } else if (std::regex_match(line, found, function)) {
      functions_.insert(found[1]);
    }
  }
}

bool Declarations::Arguments::has_positional(const std::string& name) const {
  return std::find(positional.begin(), positional.end(), name) != positional.end();
}

size_t Declarations::Arguments::place(const std::string& option) const {
  const auto found = std::find_if(options.begin(), options.end(), [&](const auto& o) { return o.first == option; });
  return static_cast<size_t>(found - options.begin());
}

// The class or struct that a name stands for, without its template arguments.
std::string Declarations::meaning(const std::string& name) const {
  const auto found = aliases_.find(name);
  return found == aliases_.end() || found->second == name ? name : meaning(found->second);
}

std::vector<std::pair<std::string, std::string>> Declarations::members(const std::string& options) const {
  static const std::regex member("\n  (?!using)[^\n();]*?\\b(\\w+)(?: = ([^;]*))?;");
  std::vector<std::pair<std::string, std::string>> result;
  const auto body = bodies_.find(meaning(options));
  if (body == bodies_.end()) return result;
  for (const auto& found : all_matches(body->second, member)) result.emplace_back(found[1], found[2]);
  return result;
}

Declarations::Arguments Declarations::arguments(const std::string& class_name) const {
  static const std::regex parameter("([^=,]*?)\\b(\\w+)\\s*(?:=[^,]*)?(?:,|$)");
  static const std::regex options_type("\\b(\\w+Options)\\b");
  Arguments result;
  const std::string name = meaning(class_name);
  const std::string& text = bodies_.at(name);
  for (const auto& constructor : all_matches(text, std::regex("\n  (explicit )?" + name + "\\("))) {
    const auto open = static_cast<size_t>(constructor.position() + constructor.length() - 1);
    const std::string list = in_parentheses(text, open);
    for (const auto& found : all_matches(list, parameter)) {
      const std::string type = found[1];
      std::smatch options;
      if (std::regex_search(type, options, options_type)) {
        if (result.options.empty()) result.options = members(options[1]);
      } else if (!result.has_positional(found[2])) {
        result.positional.push_back(found[2]);
      }
    }
  }
  return result;
}

}  // namespace test
