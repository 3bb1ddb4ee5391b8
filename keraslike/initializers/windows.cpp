#include "keraslike/initializers/windows.h"

#include <cmath>
#include <functional>
#include <map>
#include <numbers>

#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"

namespace keraslike::initializers {

namespace {

constexpr double kPi = std::numbers::pi;

// A value from the place, which runs from -1 to 1 over the window, and the number of places.
using Window = std::function<double(double place, int64_t length)>;

// sum of a_k cos(k pi place)
Window cosine_sum(std::vector<double> factors) {
  return [factors = std::move(factors)](double place, int64_t) {
    double sum = 0;
    for (size_t k = 0; k < factors.size(); ++k) sum += factors[k] * std::cos(static_cast<double>(k) * kPi * place);
    return sum;
  };
}

double bohman(double place, int64_t) {
  const double away = std::abs(place);
  return away == 1.0 ? 0.0 : (1 - away) * std::cos(kPi * away) + std::sin(kPi * away) / kPi;
}

double bartlett_hann(double place, int64_t) {
  const double away = std::abs(place) / 2;
  return 0.62 - 0.48 * away + 0.38 * std::cos(2 * kPi * away);
}

double triangle(double place, int64_t length) {
  const auto base = static_cast<double>(length % 2 == 0 ? length : length + 1);
  return 1 - std::abs(place) * static_cast<double>(length - 1) / base;
}

double parzen(double place, int64_t length) {
  const double away = std::abs(place) * static_cast<double>(length - 1) / static_cast<double>(length);
  return std::abs(place) <= 0.5 ? 1 - 6 * away * away * (1 - away) : 2 * std::pow(1 - away, 3);
}

// Flat in the middle half, a cosine on either side.
double tukey(double place, int64_t) {
  const double away = std::abs(place);
  return away <= 0.5 ? 1 : 0.5 * (1 + std::cos(kPi * (2 * away - 1)));
}

double lanczos(double place, int64_t) { return place == 0 ? 1 : std::sin(kPi * place) / (kPi * place); }

const std::map<std::string, Window>& windows() {
  static const std::map<std::string, Window> all{
      {"barthann", bartlett_hann},
      {"bartlett", [](double place, int64_t) { return 1 - std::abs(place); }},
      {"blackman", cosine_sum({0.42, 0.5, 0.08})},
      {"blackmanharris", cosine_sum({0.35875, 0.48829, 0.14128, 0.01168})},
      {"bohman", bohman},
      {"boxcar", [](double, int64_t) { return 1.0; }},
      {"cosine",
       [](double place, int64_t length) {
         return std::cos(kPi / 2 * place * static_cast<double>(length - 1) / static_cast<double>(length));
       }},
      {"flattop", cosine_sum({0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368})},
      {"hamming", cosine_sum({0.54, 0.46})},
      {"hann", cosine_sum({0.5, 0.5})},
      {"lanczos", lanczos},
      {"nuttall", cosine_sum({0.3635819, 0.4891775, 0.1365995, 0.0106411})},
      {"parzen", parzen},
      {"triang", triangle},
      {"tukey", tukey},
  };
  return all;
}

}  // namespace

void check_window(const std::string& name) {
  if (windows().contains(name)) return;
  std::vector<std::string> known;
  for (const auto& [key, window] : windows()) known.push_back(key);
  throw ValueError("Unknown window type. Expected one of '{}'. Received: window='{}'", fmt::join(known, "', '"), name);
}

std::vector<double> window_values(const std::string& name, int64_t length, bool periodic) {
  if (length <= 1) return std::vector<double>(static_cast<size_t>(length), 1.0);
  const Window& window = windows().at(name);
  const int64_t places = periodic ? length + 1 : length;
  std::vector<double> values;
  for (int64_t n = 0; n < length; ++n) {
    values.push_back(window(2.0 * static_cast<double>(n) / static_cast<double>(places - 1) - 1, places));
  }
  return values;
}

}  // namespace keraslike::initializers
