#include "report.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keraslike::benchmarks {

namespace {

double microseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Result measure(const Case& of, int rounds) {
  of.reference();
  of.keraslike();
  std::vector<double> reference;
  std::vector<double> keraslike;
  std::vector<double> ratios;
  for (int round = 0; round < std::min(rounds, of.rounds); ++round) {
    const bool reference_first = round % 2 == 0;
    if (reference_first) reference.push_back(microseconds(of.reference) / of.units);
    keraslike.push_back(microseconds(of.keraslike) / of.units);
    if (!reference_first) reference.push_back(microseconds(of.reference) / of.units);
    ratios.push_back(reference.back() / keraslike.back());
  }
  return {of.name, of.unit, of.reference_name, median(reference), median(keraslike), median(ratios)};
}

void print_header() {
  fmt::print("{:<22} {:>14} {:>14} {:>9}   {}\n", "case", "reference us", "keraslike us", "ratio", "per, against");
}

void print(const Result& result) {
  fmt::print("{:<22} {:>14.2f} {:>14.2f} {:>9.2f}   {}, {}\n", result.name, result.reference, result.keraslike,
             result.ratio, result.unit, result.reference_name);
  std::fflush(stdout);
}

void write_json(const std::vector<Result>& results, const std::string& path) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& result : results) {
    all.push_back({{"name", result.name},
                   {"unit", result.unit},
                   {"reference", result.reference_name},
                   {"reference_us", result.reference},
                   {"keraslike_us", result.keraslike},
                   {"ratio", result.ratio}});
  }
  std::ofstream(path) << all.dump(2) << '\n';
}

}  // namespace keraslike::benchmarks
