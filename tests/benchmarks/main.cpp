// keraslike_benchmarks [--rounds N] [--json FILE] [PART OF A CASE'S NAME]...

#include <algorithm>
#include <cstdlib>
#include <string>

#include "report.h"

using namespace keraslike::benchmarks;

namespace {

struct Arguments {
  int rounds = 15;
  std::string json;
  std::vector<std::string> wanted;

  bool wants(const std::string& name) const {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                         [&](const auto& part) { return name.find(part) != std::string::npos; });
  }
};

Arguments read(int count, char** values) {
  Arguments result;
  for (int i = 1; i < count; ++i) {
    const std::string value = values[i];
    const bool has_next = i + 1 < count;
    if (value == "--rounds" && has_next) {
      result.rounds = std::max(1, std::atoi(values[++i]));
    } else if (value == "--json" && has_next) {
      result.json = values[++i];
    } else {
      result.wanted.push_back(value);
    }
  }
  return result;
}

}  // namespace

int main(int count, char** values) {
  const Arguments arguments = read(count, values);
  std::vector<Result> results;
  print_header();
  for (const auto& cases : {training_cases(), predict_cases(), adapter_cases()}) {
    for (const auto& one : cases) {
      if (!arguments.wants(one.name)) continue;
      results.push_back(measure(one, arguments.rounds));
      print(results.back());
    }
  }
  if (!arguments.json.empty()) write_json(results, arguments.json);
}
