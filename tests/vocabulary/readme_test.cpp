#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "vocabulary/missing.h"
#include "vocabulary/rooms.h"

#include "support/catch.h"

using nlohmann::json;

namespace {

const std::string kReadme = KERASLIKE_SOURCE_DIR "/README.md";
const std::string kBegin = "<!-- Written by `test_vocabulary \"[.write]\"`. -->\n";
const std::string kEnd = "<!-- The end of what it writes. -->\n";

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The classes that exist, and for activations the functions, by their first name in Keras' alphabet.
std::vector<std::string> existing(const test::Room& room) {
  const auto& bases = test::golden().at("bases");
  const std::string kind = room.name == "activations" ? "functions" : "classes";
  std::vector<std::string> names;
  for (const auto& [name, entry] : test::golden().at(room.name).at(kind).items()) {
    if (std::find(bases.begin(), bases.end(), name) != bases.end() || !room.has(name, entry)) continue;
    names.push_back(kind == "functions" ? name : room.declared_name(name, entry));
  }
  return names;
}

std::string lacking(const test::Room& room) {
  std::string text;
  for (const auto& entry : test::missing()) {
    if (entry.room != room.name) continue;
    text += (text.empty() ? "" : "; ") + joined(entry.names) + (entry.why.empty() ? "" : " (" + entry.why + ")");
  }
  return text;
}

std::string table() {
  std::string text = kBegin + "| Keras | there | missing |\n|---|---|---|\n";
  for (const auto& room : test::rooms()) {
    const auto names = existing(room);
    text += "| `" + room.module + "` | " + std::to_string(names.size()) + ": " + joined(names) + " | " +
            lacking(room) + " |\n";
  }
  return text + kEnd;
}

}  // namespace

TEST_CASE("The README's table says what there is and what is missing", "[vocabulary]") {
  INFO("Run test_vocabulary \"[.write]\" to write the table again.");
  const std::string readme = text_of(kReadme);
  const size_t begin = readme.find(kBegin);
  REQUIRE(begin != std::string::npos);
  const size_t end = readme.find(kEnd, begin);
  REQUIRE(end != std::string::npos);

  CHECK(readme.substr(begin, end + kEnd.size() - begin) == table());
}

TEST_CASE("Write the README's table", "[.write]") {
  std::string readme = text_of(kReadme);
  const size_t begin = readme.find(kBegin);
  const size_t end = readme.find(kEnd, begin);
  REQUIRE(end != std::string::npos);

  readme.replace(begin, end + kEnd.size() - begin, table());
  std::ofstream(kReadme) << readme;
}
