// keraslike_benchmarks [--rounds N] [--json FILE] [--profile] [PART OF A CASE'S NAME]...
// With --profile keraslike's side runs alone and nothing is measured: for perf and callgrind.

#include <algorithm>
#include <cstdlib>
#include <string>

#include "report.h"

using namespace keraslike::benchmarks;

namespace {

struct Arguments {
  int rounds = 15;
  bool profile = false;
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
    } else if (value == "--profile") {
      result.profile = true;
    } else {
      result.wanted.push_back(value);
    }
  }
  return result;
}

}  // namespace

int main(int count, char** values) {
  if (count == 2 && run_start(values[1])) return 0;
  const Arguments arguments = read(count, values);
  std::vector<Result> results;
  if (!arguments.profile) print_header();
  for (const auto& make : {training_cases, predict_cases, adapter_cases, overhead_cases, file_cases}) {
    for (const auto& one : make()) {
      if (!arguments.wants(one.name)) continue;
      if (arguments.profile) {
        for (int round = 0; round < arguments.rounds; ++round) one.keraslike();
        continue;
      }
      results.push_back(measure(one, arguments.rounds));
      print(results.back());
    }
  }
  if (!arguments.json.empty()) write_json(results, arguments.json);
}
