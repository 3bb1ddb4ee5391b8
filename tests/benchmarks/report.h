#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace keraslike::benchmarks {

// Two ways to do the same work. A round of each takes the time of `units` steps, rows or bytes.
struct Case {
  std::string name;
  std::string unit;  // what `microseconds` are counted per: "step", "row", "call", "MB"
  double units = 1;  // in a round
  std::string reference_name = "hand-written LibTorch";
  int rounds = 1000;  // at most
  std::function<void()> reference;
  std::function<void()> keraslike;
};

struct Result {
  std::string name;
  std::string unit;
  std::string reference_name;
  double reference = 0;  // microseconds per unit, median of the rounds
  double keraslike = 0;
  double ratio = 0;      // median of the rounds' ratios: above 1, keraslike is faster
};

// Runs rounds of both, one after the other and in turns, so that a noisy neighbour disturbs both alike.
Result measure(const Case& of, int rounds);

void print_header();
void print(const Result& result);
void write_json(const std::vector<Result>& results, const std::string& path);

std::vector<Case> training_cases();
std::vector<Case> predict_cases();
std::vector<Case> adapter_cases();
std::vector<Case> overhead_cases();
std::vector<Case> file_cases();

// Does the work of a process whose start is measured; false where the argument asks for none.
bool run_start(const std::string& argument);

}  // namespace keraslike::benchmarks
