#include "keraslike/data/conversion.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <ranges>
#include <string>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

#include "support/catch.h"

using namespace keraslike;
using data::to_tensor;
using data::Want;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

// What is warned of while the conversion runs.
std::vector<std::string> warnings_of(const Data& data, Want want = Want::Floats) {
  std::vector<std::string> warnings;
  const auto before = set_warning_handler([&](const std::string& text) { warnings.push_back(text); });
  to_tensor(data, "x", want);
  set_warning_handler(before);
  return warnings;
}

using Warnings = std::vector<std::string>;

}  // namespace

TEST_CASE("Contiguous float32 is used where it lies", "[data][conversion]") {
  const std::vector<float> values{1, 2, 3};
  const Array array{1.0f, 2.0f};
  const at::Tensor tensor = at::ones({2, 2});

  CHECK(to_tensor(values, "x", Want::Floats).data_ptr() == values.data());
  CHECK(to_tensor(values, "x", Want::KeepIntegers).data_ptr() == values.data());
  CHECK(to_tensor({values.data(), {3, 1}}, "x", Want::Floats).data_ptr() == values.data());
  CHECK(to_tensor(array, "x", Want::Floats).data_ptr() == array.data<float>());
  CHECK(to_tensor(tensor, "x", Want::Floats).data_ptr() == tensor.data_ptr());
}

TEST_CASE("A tensor outlives the Data that owns a moved vector", "[data][conversion]") {
  const at::Tensor tensor = to_tensor(std::vector<float>(1000, 3.0f), "x", Want::Floats);

  CHECK(tensor.sum().item<float>() == 3000.0f);
}

TEST_CASE("Integers become float32 or stay, as is wanted; floating values become float32", "[data][conversion]") {
  const std::vector<int64_t> integers{1, -2};

  CHECK(Array(to_tensor(integers, "x", Want::Floats)) == Array{1.0f, -2.0f});
  CHECK(Array(to_tensor(integers, "x", Want::KeepIntegers)) == Array{int64_t{1}, int64_t{-2}});
  CHECK(to_tensor(integers, "x", Want::KeepIntegers).data_ptr() == integers.data());
  CHECK(Array(to_tensor({true, false}, "x", Want::KeepIntegers)) == Array{true, false});
  CHECK(Array(to_tensor({true, false}, "x", Want::Floats)) == Array{1.0f, 0.0f});
  CHECK(Array(to_tensor({0.1, 2.0}, "x", Want::KeepIntegers)) == Array{0.1f, 2.0f});
  CHECK(Array(to_tensor(at::full({1}, 1.5, at::kBFloat16), "x", Want::KeepIntegers)) == Array{1.5f});
  CHECK(Array(to_tensor(std::vector<uint8_t>{0, 255}, "x", Want::Floats)) == Array{0.0f, 255.0f});
}

TEST_CASE("Any strides give the values in order", "[data][conversion]") {
  const at::Tensor counted = at::arange(120, at::kDouble).reshape({4, 5, 6});
  const std::vector<at::Tensor> views{
      counted,
      counted.permute({2, 0, 1}),
      counted.slice(2, 0, 6, 2),
      counted.slice(1, 1, 4),
      counted.select(1, 2),
      counted.slice(0, 0, 1).expand({3, 5, 6}),
      counted.permute({0, 2, 1}).slice(2, 0, 1),
      counted.select(0, 1).select(0, 1).select(0, 1),
      counted.to(at::kFloat).permute({1, 2, 0}),
      counted.to(at::kInt).permute({2, 1, 0}),
      at::arange(300'000, at::kDouble).reshape({3, 100, 1000}).permute({0, 2, 1}),
      at::arange(300'000, at::kDouble).reshape({1000, 300}).t(),
      at::arange(300'000, at::kDouble).reshape({1000, 300}).slice(1, 0, 299, 2),
  };

  for (const at::Tensor& view : views) {
    const at::Tensor result = to_tensor(view, "x", Want::Floats);
    CHECK(result.is_contiguous());
    CHECK(Array(result) == Array(view.to(at::kFloat)));
  }
}

TEST_CASE("A double that becomes infinite is reported once, with its place", "[data][conversion]") {
  CHECK(warnings_of({{1.0, 2.0}, {3.0, 4.0}, {5.0, -1e39}, {7.0, 1e300}}) ==
        Warnings{"`x`[2, 1] = -1e+39 does not fit float32 and became -inf (2 such values)."});
  CHECK(warnings_of({1e300}) == Warnings{"`x`[0] = 1e+300 does not fit float32 and became inf."});
  CHECK(warnings_of(at::full({}, 1e300, at::kDouble)) ==
        Warnings{"`x` = 1e+300 does not fit float32 and became inf."});
  CHECK(warnings_of({kInfinity, -kInfinity, std::nan("")}).empty());
}

TEST_CASE("The largest doubles that round to a finite float32 are not reported", "[data][conversion]") {
  CHECK(warnings_of({0x1.fffffefffffffp127, -0x1.fffffefffffffp127}).empty());
  CHECK(warnings_of({0x1.ffffffp127}).size() == 1);
}

TEST_CASE("An integer that float32 can not hold is reported once, with its place", "[data][conversion]") {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

  CHECK(warnings_of({{1, 2, 16777217}, {-16777217, 3, 16777218}}) ==
        Warnings{"`x`[0, 2] = 16777217 is not exact in float32 and became 16777216 (2 such values)."});
  CHECK(warnings_of({kMost}) ==
        Warnings{"`x`[0] = 9223372036854775807 is not exact in float32 and became 9223372036854775808."});
  CHECK(warnings_of({std::numeric_limits<int64_t>::min(), int64_t{1} << 40, int64_t{16777216}}).empty());
  CHECK(warnings_of({kMost}, Want::KeepIntegers).empty());
}

TEST_CASE("A late value in a large or strided array is found", "[data][conversion]") {
  const at::Tensor large = at::zeros({300, 1000}, at::kDouble);
  large[299][998].fill_(1e300);

  CHECK(warnings_of(large) == Warnings{"`x`[299, 998] = 1e+300 does not fit float32 and became inf."});
  CHECK(warnings_of(large.t()) == Warnings{"`x`[998, 299] = 1e+300 does not fit float32 and became inf."});
}

TEST_CASE("Rows in places of their own are read where they lie, of any type and depth", "[data][conversion]") {
  const auto rows_of = []<class T>(T scale, int64_t count, int64_t length) {
    std::vector<std::vector<T>> rows(static_cast<size_t>(count), std::vector<T>(static_cast<size_t>(length)));
    T next = 0;
    for (auto& row : rows) {
      for (T& value : row) value = static_cast<T>(next++ * scale);
    }
    return rows;
  };
  const auto check = [](const auto& rows, const at::Tensor& expected) {
    CHECK(Array(to_tensor(rows, "x", Want::Floats)) == Array(expected.to(at::kFloat)));
    CHECK(Array(rows) == Array(expected));
    CHECK(Data(rows).shape() == Array(expected).shape());
  };
  const at::Tensor counted = at::arange(120'000);

  check(rows_of(0.5, 40'000, 3), counted.to(at::kDouble).mul(0.5).reshape({40'000, 3}));
  check(rows_of(0.25F, 3, 40'000), counted.to(at::kFloat).mul(0.25F).reshape({3, 40'000}));
  check(rows_of(int64_t{2}, 300, 400), counted.mul(2).reshape({300, 400}));
  check(rows_of(int32_t{3}, 1, 5), counted.slice(0, 0, 5).mul(3).to(at::kInt).reshape({1, 5}));
  check(rows_of(uint8_t{1}, 10, 20), counted.slice(0, 0, 200).to(at::kByte).reshape({10, 20}));
  check(rows_of(int16_t{1}, 10, 20), counted.slice(0, 0, 200).to(at::kShort).reshape({10, 20}));
  check(std::vector{rows_of(1.0, 2, 2), rows_of(1.0, 2, 2)},
        at::tensor({0, 1, 2, 3, 0, 1, 2, 3}, at::kDouble).reshape({2, 2, 2}));
}

TEST_CASE("Rows in places of their own are borrowed from an lvalue and kept from an rvalue", "[data][conversion]") {
  std::vector<std::vector<double>> rows{{1, 2}, {3, 4}};
  const Data borrowed = rows;
  const Data view = rows | std::views::take(1);
  const Data kept = std::vector<std::vector<double>>{{1, 2}, {3, 4}};
  rows[0][1] = 7;

  CHECK(Array(to_tensor(borrowed, "x", Want::Floats)) == Array{{1.0F, 7.0F}, {3.0F, 4.0F}});
  CHECK(Array(to_tensor(view, "x", Want::Floats)) == Array{{1.0F, 2.0F}});
  CHECK(Array(to_tensor(kept, "x", Want::Floats)) == Array{{1.0F, 2.0F}, {3.0F, 4.0F}});
}

TEST_CASE("What does not fit float32 is reported in rows of their own too", "[data][conversion]") {
  const std::vector<std::vector<double>> doubles{{1, 2}, {3, 1e300}, {1e39, 4}};
  const std::vector<std::vector<int64_t>> integers{{1}, {16777217}};

  CHECK(warnings_of(doubles) ==
        Warnings{"`x`[1, 1] = 1e+300 does not fit float32 and became inf (2 such values)."});
  CHECK(warnings_of(integers) == Warnings{"`x`[1, 0] = 16777217 is not exact in float32 and became 16777216."});
  CHECK(warnings_of(integers, Want::KeepIntegers).empty());
}

TEST_CASE("Parts of a list are called by index or name", "[data][conversion]") {
  const Array array{1, 2};
  const Data list{array, array};
  const Data named = Data::named({{"left", array}, {"right", array}});

  CHECK(data::part_name(list, 1, "x") == "x[1]");
  CHECK(data::part_name(named, 1, "x") == "x['right']");
  CHECK(data::part_name(array, 0, "x") == "x");
}

TEST_CASE("Ragged rows and strange types are refused when converted", "[data][conversion]") {
  const std::vector<std::vector<int>> ragged{{1, 2, 3}, {4}};

  CHECK_THROWS_WITH(to_tensor(ragged, "y", Want::Floats),
                    "`y` has rows of different lengths: row 0 has 3 values, row 1 has 1.");
  CHECK_THROWS_WITH(to_tensor(at::ones({1}, at::kComplexDouble), "y", Want::Floats),
                    "`y` must be bool, integer or floating. Received: a tensor of type ComplexDouble.");
  CHECK_THROWS_AS(to_tensor({}, "y", Want::Floats), ValueError);
}

TEST_CASE("check_finite names the first place that is not finite", "[data][conversion]") {
  const auto check = [](const Array& array) { data::check_finite(array.tensor(), "x"); };

  CHECK_THROWS_WITH(check({{1.0f, 2.0f}, {INFINITY, NAN}}),
                    "`x` expects finite values. Received: `x`[1, 0] = inf (2 such values).");
  CHECK_THROWS_WITH(check({0.0, std::nan("")}), "`x` expects finite values. Received: `x`[1] = nan (1 such values).");
  CHECK_NOTHROW(check({{1.0f, 2.0f}}));
  CHECK_NOTHROW(check({1, 2}));
  CHECK_NOTHROW(check({}));
}
