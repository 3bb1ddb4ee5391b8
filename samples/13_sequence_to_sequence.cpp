// Lesson 13: sequence to sequence. A year of carbon dioxide in the air, four weeks a step, gives the next year.
//
// An encoder LSTM reads the past and hands its states to a decoder LSTM. In training the decoder sees the true value of
// the step before (teacher forcing). Afterwards it has only its own, so the same layers are wired up a second time: one
// model that gives the states, and one that makes a single step and gives them back. They share the trained weights.
// With LibTorch these are the (h, c) tuples of two torch::nn::LSTMs and two hand-written forward functions.

#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

namespace {

constexpr int64_t kSteps = 13;  // of four weeks, in the past and in the future
constexpr int64_t kUnits = 32;

// (windows, steps, 1)
using Windows = std::vector<std::vector<std::vector<float>>>;

// Means of four weeks; where nothing was measured, the one before.
std::vector<double> four_weekly(const std::vector<double>& weeks) {
  std::vector<double> means;
  for (size_t i = 0; i + 4 <= weeks.size(); i += 4) {
    double sum = 0;
    int count = 0;
    for (size_t j = i; j < i + 4; ++j) {
      if (std::isnan(weeks[j])) continue;
      sum += weeks[j];
      ++count;
    }
    means.push_back(count > 0 ? sum / count : means.back());
  }
  return means;
}

// The values from `begin` to `end` of each window of two years, less the last one that is known.
Array windows(const std::vector<double>& values, size_t first, size_t last, int64_t begin, int64_t end) {
  Windows result;
  for (size_t window = first; window < last; ++window) {
    std::vector<std::vector<float>> steps;
    const double known = values[window + kSteps - 1];
    for (int64_t i = begin; i < end; ++i) {
      steps.push_back({static_cast<float>((values[window + static_cast<size_t>(i)] - known) / 2)});
    }
    result.push_back(steps);
  }
  return Array(result);
}

double mean_error(const std::vector<float>& forecast, const std::vector<float>& truth) {
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) sum += 2 * std::abs(forecast[i] - truth[i]);  // parts per million
  return sum / static_cast<double>(truth.size());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || !std::filesystem::exists(arguments[1])) {
    fmt::print("SKIPPED: usage: {} FILE, where FILE is co2.csv\n", arguments[0]);
    return 77;
  }
  set_random_seed(13);
  const auto values = four_weekly(data::read_csv(arguments[1])["co2"].to_vector<double>());
  const size_t all = values.size() - 2 * kSteps + 1;
  const size_t trained = all * 7 / 10;

  const Input past({none, 1});
  const auto encoded = layers::LSTM(kUnits, {.return_state = true})(past);
  const Input previous({none, 1});
  const layers::LSTM decoder(kUnits, {.return_sequences = true, .return_state = true});
  const layers::Dense head(1);
  const auto decoded = decoder(previous, {.initial_state = {encoded[1], encoded[2]}});
  Model model({.inputs = {past, previous}, .outputs = head(decoded[0])});

  model.compile({.optimizer = optimizers::Adam(0.01), .loss = "mse"});
  model.fit({windows(values, 0, trained, 0, kSteps), windows(values, 0, trained, kSteps - 1, 2 * kSteps - 1)},
            windows(values, 0, trained, kSteps, 2 * kSteps), {.batch_size = 16, .epochs = 20, .verbose = 0});

  Model encoder({.inputs = past, .outputs = {encoded[1], encoded[2]}});
  const Input h_input({kUnits});
  const Input c_input({kUnits});
  const auto step = decoder(previous, {.initial_state = {h_input, c_input}});
  Model decode({.inputs = {previous, h_input, c_input}, .outputs = {head(step[0]), step[1], step[2]}});

  // The years after those that were trained on, with nothing in common.
  const size_t first = trained + 2 * kSteps;
  const Array known = windows(values, first, all, 0, kSteps);
  auto [h, c] = encoder.predict<2>(known, {.verbose = 0});
  Array now = windows(values, first, all, kSteps - 1, kSteps);
  double error = 0;
  double error_of_last_year = 0;
  for (int64_t i = 0; i < kSteps; ++i) {
    auto [next, next_h, next_c] = decode.predict<3>({now, h, c}, {.verbose = 0});
    now = next, h = next_h, c = next_c;
    const auto truth = windows(values, first, all, kSteps + i, kSteps + i + 1).to_vector<float>();
    error += mean_error(now.to_vector<float>(), truth) / kSteps;
    error_of_last_year += mean_error(windows(values, first, all, i, i + 1).to_vector<float>(), truth) / kSteps;
  }
  fmt::print("{} years to learn from, {} to forecast\n", trained / kSteps, (all - first) / kSteps);
  fmt::print("Forecasts of a year within 1 ppm: {}\n", error < 1.0);
  fmt::print("Much better than the values of the year before: {}\n", error < 0.7 * error_of_last_year);
}

// Prints:
// 29 years to learn from, 10 to forecast
// Forecasts of a year within 1 ppm: true
// Much better than the values of the year before: true
