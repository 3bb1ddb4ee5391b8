// Whatever an array is made from, of whatever shape and type, its values and its float32 tensor are the same.
#include <cstdint>
#include <deque>
#include <list>
#include <ranges>
#include <span>
#include <sstream>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <rapidcheck.h>
#include <range/v3/view/chunk.hpp>
#include <range/v3/view/transform.hpp>

#include "keraslike/data/conversion.h"
#include "keraslike/data/data.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

// Small enough that every type but bool holds it.
template <class T>
std::vector<T> numbers(int64_t count) {
  std::vector<T> values;
  for (const int value : *rc::gen::container<std::vector<int>>(static_cast<size_t>(count), rc::gen::inRange(0, 120))) {
    values.push_back(static_cast<T>(static_cast<float>(value)));
  }
  return values;
}

void require_same(const Data& data, const Shape& shape, const std::vector<float>& expected) {
  const at::Tensor tensor = data::to_tensor(data, "x", data::Want::Floats);
  RC_ASSERT(data.shape() == shape);
  RC_ASSERT(tensor.is_contiguous());
  RC_ASSERT(Array(tensor) == Array(expected).reshape(shape));
  RC_ASSERT(data.to_array().to_vector<float>() == expected);
}

template <class T>
void check_flat_sources() {
  const auto count = *rc::gen::inRange<int64_t>(0, 40);
  const std::vector<T> values = numbers<T>(count);
  const std::vector<float> expected(values.begin(), values.end());
  const Shape shape{count};
  const DType dtype = Data(values).dtype();
  const auto same = [&](const Data& data) {
    require_same(data, shape, expected);
    RC_ASSERT(data.dtype() == dtype);
  };

  same(values);
  same(std::vector<T>(values));
  same(std::span<const T>(values));
  same(std::deque<T>(values.begin(), values.end()));
  same(std::list<T>(values.begin(), values.end()));
  same(std::views::transform(values, [](T value) { return value; }));
  same(ranges::views::transform(values, [](T value) { return value; }));
  same(Data(values.data(), shape));
  same(Array(values));
  same(Array(values).tensor());
  std::vector<T> backwards(values.rbegin(), values.rend());
  same(Data(backwards.data() + std::max<int64_t>(count - 1, 0), shape, {-1}));
}

template <class T>
void check_nested_sources() {
  const auto rows = *rc::gen::inRange<int64_t>(1, 8);
  const auto columns = *rc::gen::inRange<int64_t>(1, 8);
  const std::vector<T> values = numbers<T>(rows * columns);
  const std::vector<float> expected(values.begin(), values.end());
  std::vector<std::vector<T>> nested;
  for (int64_t row = 0; row < rows; ++row) {
    nested.emplace_back(values.begin() + row * columns, values.begin() + (row + 1) * columns);
  }
  std::vector<T> transposed;
  for (int64_t i = 0; i < rows * columns; ++i) {
    transposed.push_back(nested[static_cast<size_t>(i % rows)][static_cast<size_t>(i / rows)]);
  }
  const Shape shape{rows, columns};

  require_same(nested, shape, expected);
  require_same(std::list<std::vector<T>>(nested.begin(), nested.end()), shape, expected);
  require_same(values | ranges::views::chunk(columns), shape, expected);
  require_same(std::views::transform(nested, [](const auto& row) { return std::span(row); }), shape, expected);
  require_same(Data(values.data(), shape), shape, expected);
  require_same(Data(transposed.data(), shape, {1, rows}), shape, expected);
  require_same(Array(transposed).reshape({columns, rows}).tensor().t(), shape, expected);
  require_same(Array(nested), shape, expected);
}

}  // namespace

TEMPLATE_TEST_CASE("Any source of numbers gives the same array and tensor", "[data][property]", int8_t, uint8_t,
                   int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t, long long, float, double, long double,
                   c10::Half, c10::BFloat16) {
  CHECK(rc::check(check_flat_sources<TestType>));
  CHECK(rc::check(check_nested_sources<TestType>));
}

TEST_CASE("A vector<bool> and nested ones give the same values as bools in memory", "[data][property]") {
  CHECK(rc::check([](const std::vector<bool>& values) {
    const std::vector<float> expected(values.begin(), values.end());
    const Shape shape{static_cast<int64_t>(values.size())};
    require_same(values, shape, expected);
    require_same(std::vector<std::vector<bool>>{values, values}[1], shape, expected);
    require_same(std::deque<bool>(values.begin(), values.end()), shape, expected);
    RC_ASSERT(Data(values).dtype() == DType::Bool);
  }));
}

TEST_CASE("Strided tensors of any shape give the values in order", "[data][property]") {
  CHECK(rc::check([] {
    const auto sizes = *rc::gen::container<std::vector<int64_t>>(3, rc::gen::inRange<int64_t>(1, 6));
    const int64_t count = sizes[0] * sizes[1] * sizes[2];
    const std::vector<double> values = numbers<double>(count);
    const auto axes = *rc::gen::elementOf(std::vector<std::vector<int64_t>>{
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}});
    const auto step = *rc::gen::inRange<int64_t>(1, 3);
    const Array array = Array(values).reshape(Shape(sizes));
    const at::Tensor view = array.tensor().permute(axes).slice(1, 0, INT64_MAX, step);

    const at::Tensor result = data::to_tensor(view, "x", data::Want::Floats);

    RC_ASSERT(Array(result) == Array(view.to(at::kFloat)));
  }));
}

TEST_CASE("Rows are ragged if and only if two of them differ in length", "[data][property]") {
  CHECK(rc::check([](const std::vector<std::vector<int>>& rows) {
    const bool ragged = std::ranges::any_of(rows, [&](const auto& row) { return row.size() != rows[0].size(); });
    bool refused = false;
    try {
      Data(rows).shape("x");
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    RC_ASSERT(refused == ragged);
  }));
}
