#include "keraslike/utils/kernels.h"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.h"

using namespace keraslike::utils;

namespace {

// Values of all sizes, in a number that does not fill the last vector.
std::vector<float> many_values() {
  std::vector<float> values;
  for (float x = -30.0F; x < 30.0F; x += 0.0037F) values.push_back(x);
  for (float x = -1.0F; x < 1.0F; x += 0.00037F) values.push_back(x);
  if (values.size() % 16 == 0) values.push_back(0.5F);
  return values;
}

// How many numbers of float32 lie between what came and what is right.
double distance(float got, double want) {
  const auto nearest = static_cast<float>(want);
  const float next = std::nextafter(nearest, std::numeric_limits<float>::infinity());
  return std::abs(static_cast<double>(got) - want) / (static_cast<double>(next) - static_cast<double>(nearest));
}

template <class Kernel, class Exact>
double worst(Kernel kernel, Exact exact) {
  const std::vector<float> x = many_values();
  std::vector<float> y(x.size());
  kernel(x.data(), y.data(), static_cast<int64_t>(x.size()));
  double result = 0;
  for (size_t i = 0; i < x.size(); ++i) result = std::max(result, distance(y[i], exact(static_cast<double>(x[i]))));
  return result;
}

}  // namespace

TEST_CASE("The kernels' curves are right to three units in the last place", "[utils][kernels]") {
  CHECK(worst(kernels::tanh, [](double x) { return std::tanh(x); }) < 3.0);
  CHECK(worst(kernels::sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); }) < 3.0);
}

TEST_CASE("The kernels' curves have their limits at infinity, and NaN at NaN", "[utils][kernels]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{infinity, -infinity, std::nanf("")};
  std::vector<float> y(3);

  kernels::tanh(x.data(), y.data(), 3);
  CHECK((y[0] == 1.0F && y[1] == -1.0F && std::isnan(y[2])));
  kernels::sigmoid(x.data(), y.data(), 3);
  CHECK((y[0] == 1.0F && y[1] < 1e-37F && std::isnan(y[2])));
  kernels::relu(x.data(), y.data(), 3);
  CHECK((y[0] == infinity && y[1] == 0.0F && std::isnan(y[2])));
}

TEST_CASE("Rows are summed wherever they lie", "[utils][kernels]") {
  const std::vector<float> rows{1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<float> sum(3);

  kernels::sum_rows(rows.data(), sum.data(), 3, 3);
  CHECK(sum == std::vector<float>{12, 15, 18});
  kernels::sum_rows(rows.data() + 1, sum.data(), 2, 2, 4);
  CHECK(sum == std::vector<float>{8, 10, 18});
}

TEST_CASE("The softmax kernel makes shares of each row", "[utils][kernels]") {
  const std::vector<float> x{1, 2, 3, -200, 100, 100};
  std::vector<float> y(6);

  kernels::softmax(x.data(), y.data(), 2, 3);

  CHECK(std::abs(y[0] - 0.09003057F) < 1e-7F);
  CHECK(std::abs(y[2] - 0.66524096F) < 1e-7F);
  CHECK((y[3] == 0.0F && y[4] == 0.5F && y[5] == 0.5F));
}
