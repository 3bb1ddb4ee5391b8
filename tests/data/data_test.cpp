#include "keraslike/data/data.h"

#include <array>
#include <filesystem>
#include <forward_list>
#include <iterator>
#include <map>
#include <ranges>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <range/v3/view/chunk.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/iota.hpp>
#include <range/v3/view/transform.hpp>
#include <fmt/format.h>

#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

struct Options {
  int64_t batch_size = 32;
  int64_t epochs = 1;
};

// Called as `fit` is.
struct Passed {
  Array x, y;
  Options options;
};
Passed fit(const Data& x, const Data& y = {}, Options options = {}) {
  return {x.to_array("x"), y ? y.to_array("y") : Array(), options};
}

const Array kPairs = Array{{1.0f, 2.0f}, {3.0f, 4.0f}};

template <class R>
std::string problem_of(const R& call) {
  try {
    call();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

static_assert(!std::is_convertible_v<std::string, Data>);
static_assert(!std::is_convertible_v<const char*, Data>);
static_assert(!std::is_convertible_v<const char (&)[4], Data>);
static_assert(!std::is_convertible_v<std::vector<char>, Data>);
static_assert(!std::is_convertible_v<std::filesystem::path, Data>);
static_assert(!std::is_convertible_v<std::vector<std::filesystem::path>, Data>);
static_assert(!std::is_convertible_v<double, Data>);
static_assert(!std::is_convertible_v<std::map<int, int>, Data>);
static_assert(!std::is_convertible_v<std::span<wchar_t>, Data>);
static_assert(std::is_convertible_v<std::vector<signed char>, Data>);
static_assert(std::is_convertible_v<std::vector<unsigned char>, Data>);
static_assert(!std::is_constructible_v<Data, const char*, Shape>);

TEST_CASE("Nested braces are arrays of the type of their numbers", "[data]") {
  const Passed passed = fit({{1, 2}, {3, 4}}, {{1}, {2}}, {.batch_size = 2});

  CHECK(passed.x == kPairs.astype(DType::Int32));
  CHECK(passed.y.shape() == Shape{2, 1});
  CHECK(passed.options.batch_size == 2);
  CHECK(fit({{1.0, 2.0}, {3.0, 4.0}}).x == kPairs.astype(DType::Float64));
  CHECK(fit({{1.0f, 2.0f}, {3.0f, 4.0f}}).x == kPairs);
  CHECK(fit({{1, 2.0}, {3L, 4.0f}}).x == kPairs.astype(DType::Float64));
  CHECK(fit({{{1}}, {{2}}}).x.shape() == Shape{2, 1, 1});
  CHECK(fit({{1, 2}}).x.shape() == Shape{1, 2});
  CHECK(fit({{{{5}}}}).x.shape() == Shape{1, 1, 1, 1});
  CHECK(fit({1, 2, 3}, {1}).y.shape() == Shape{1});
  CHECK(fit({true, false}).x.dtype() == DType::Bool);
  CHECK(fit({1LL, 2}).x.dtype() == DType::Int64);
  CHECK(fit({uint8_t{1}}).x.dtype() == DType::UInt8);
  CHECK(fit({uint64_t{1}, uint64_t{2}}).x == Array{int64_t{1}, int64_t{2}});
}

TEST_CASE("Containers of numbers to any depth are arrays", "[data]") {
  const std::vector<std::vector<float>> nested{{1, 2}, {3, 4}};
  const std::array<std::array<float, 2>, 2> arrays{{{1, 2}, {3, 4}}};
  const float c_array[2][2] = {{1, 2}, {3, 4}};
  const std::vector<std::array<float, 2>> mixed{{1, 2}, {3, 4}};
  const std::forward_list<std::vector<float>> listed{{1, 2}, {3, 4}};
  const std::vector<std::vector<bool>> flags{{true}, {false}, {true}};

  CHECK(fit(nested).x == kPairs);
  CHECK(fit(arrays).x == kPairs);
  CHECK(fit(c_array).x == kPairs);
  CHECK(fit(mixed).x == kPairs);
  CHECK(fit(listed).x == kPairs);
  CHECK(fit(flags).x == Array{{true}, {false}, {true}});
  CHECK(fit(std::vector<bool>{true, false}).x == Array{true, false});
  CHECK(fit(std::vector<std::vector<std::vector<double>>>{{{1}, {2}}, {{3}, {4}}}).x ==
        kPairs.reshape({2, 2, 1}).astype(DType::Float64));
}

TEST_CASE("Spans, views and single-pass ranges are arrays", "[data]") {
  std::vector<float> values{1, 2, 3, 4};
  std::istringstream stream("1 2 3 4");
  auto halves = values | std::views::transform([](float value) { return value / 2; });
  auto rows = ranges::views::iota(0, 2) | ranges::views::transform([&](int row) {
                return ranges::views::iota(0, 2) | ranges::views::transform([&values, row](int column) {
                         return values[static_cast<size_t>(2 * row + column)];
                       });
              });
  auto odd = ranges::views::filter(values, [](float value) { return static_cast<int>(value) % 2 == 1; });

  CHECK(fit(std::span(values)).x == kPairs.reshape({4}));
  CHECK(fit(halves).x == Array{0.5f, 1.0f, 1.5f, 2.0f});
  CHECK(fit(values | std::views::reverse).x == Array{4.0f, 3.0f, 2.0f, 1.0f});
  CHECK(fit(std::views::istream<float>(stream)).x == kPairs.reshape({4}));
  CHECK(fit(rows).x == kPairs);
  CHECK(fit(std::move(rows)).x == kPairs);
  CHECK(fit(odd).x == Array{1.0f, 3.0f});  // filter caches its begin: no const iteration
  CHECK(fit(values | ranges::views::chunk(2)).x == kPairs);
  CHECK(fit(std::views::iota(0, 3)).x == Array{0, 1, 2});
}

TEST_CASE("A pointer with a shape and strides is an array", "[data]") {
  const double values[] = {1, 2, 3, 4, 5, 6};

  CHECK(fit(Data{values, {2, 3}}).x == Array{{1., 2., 3.}, {4., 5., 6.}});
  CHECK(fit({values, {2, 3}}).x == Array{{1., 2., 3.}, {4., 5., 6.}});
  CHECK(fit({values, {3, 2}, {1, 3}}).x == Array{{1., 4.}, {2., 5.}, {3., 6.}});
  CHECK(fit({values + 5, {3}, {-2}}).x == Array{6., 4., 2.});
  CHECK(fit({values, {2, 2}, {0, 1}}).x == Array{{1., 2.}, {1., 2.}});
  CHECK(problem_of([&] { fit({values, {2, -3}}); }) == "`x` needs sizes of 0 or more. Received: shape=(2, None).");
  CHECK(problem_of([&] { fit({values, {2, 3}, {1}}); }) ==
        "`x` needs one stride per axis. Received: shape=(2, 3) and 1 strides.");
  CHECK(problem_of([] { fit({static_cast<const float*>(nullptr), {2}}); }) ==
        "`x` is a null pointer. Received: shape=(2,).");
  CHECK(problem_of([&] { fit({values, {int64_t{1} << 40, int64_t{1} << 40}}); }) ==
        "`x` is too large: shape=(1099511627776, 1099511627776).");
}

TEST_CASE("Every arithmetic type has a dtype", "[data]") {
  CHECK(fit(std::vector<int8_t>{1}).x.dtype() == DType::Int8);
  CHECK(fit(std::vector<int16_t>{1}).x.dtype() == DType::Int16);
  CHECK(fit(std::vector<long>{1}).x.dtype() == DType::Int64);
  CHECK(fit(std::vector<long long>{1}).x.dtype() == DType::Int64);
  CHECK(fit(std::vector<at::Half>{at::Half(1.5f)}).x.item() == 1.5);
  CHECK(fit(std::vector<at::Half>{at::Half(1.5f)}).x.dtype() == DType::Float16);
  CHECK(fit(std::vector<at::BFloat16>{at::BFloat16(1.5f)}).x.dtype() == DType::BFloat16);
  CHECK(fit(std::vector<uint16_t>{65535}).x == Array{65535});
  CHECK(fit(std::vector<uint32_t>{4294967295u}).x == Array{int64_t{4294967295}});
  CHECK(fit(std::vector<long double>{1.5L}).x == Array{1.5});
  CHECK(problem_of([] { fit(std::vector<uint64_t>{1, 9223372036854775808u}); }) ==
        "`x` holds 9223372036854775808, which int64 can not hold (the largest is 9223372036854775807). Pass it as "
        "double.");
}

TEST_CASE("Lvalues are borrowed and rvalues are moved in", "[data]") {
  std::vector<float> values{1, 2, 3};
  const float* memory = values.data();
  std::array<std::array<int, 2>, 2> grid{};
  const at::Tensor tensor = at::ones({2, 2}).t();

  CHECK(Data(values).tensor().data_ptr() == memory);
  CHECK(Data(std::span<const float>(values)).tensor().data_ptr() == memory);
  CHECK(Data(grid).tensor().data_ptr() == grid.data());
  CHECK(Data(tensor).tensor().data_ptr() == tensor.data_ptr());
  CHECK(Data(kPairs).tensor().data_ptr() == kPairs.data<float>());
  CHECK(Data(std::move(values)).tensor().data_ptr() == memory);
}

TEST_CASE("Tensors of any dtype and strides are arrays, other kinds are refused", "[data]") {
  const at::Tensor tensor = at::arange(6).reshape({2, 3}).t();

  CHECK(fit(tensor).x == Array{{int64_t{0}, int64_t{3}}, {int64_t{1}, int64_t{4}}, {int64_t{2}, int64_t{5}}});
  CHECK(fit(at::ones({2}).requires_grad_()).x == Array{1.0f, 1.0f});
  CHECK(problem_of([] { fit(at::Tensor()); }) == "`x` is an undefined tensor.");
  CHECK(problem_of([] { fit(at::ones({2}).to_sparse()); }) == "`x` is a sparse tensor. Pass `tensor.to_dense()`.");
  CHECK(problem_of([] { fit(at::ones({2}, at::kComplexFloat)); }) ==
        "`x` must be bool, integer or floating. Received: a tensor of type ComplexFloat.");
}

TEST_CASE("Ragged rows are refused by the name of the argument", "[data]") {
  const std::vector<std::vector<int>> ragged{{1, 2, 3}, {4, 5, 6}, {7, 8}};
  const std::vector<std::vector<std::vector<int>>> deep{{{1}, {2}}, {{3}, {4, 5}}};
  const std::vector<std::vector<std::vector<int>>> uneven{{{1}, {2}}, {{3}}};

  CHECK(problem_of([&] { fit(ragged); }) ==
        "`x` has rows of different lengths: row 0 has 3 values, row 2 has 2.");
  CHECK(problem_of([&] { fit({1}, ragged); }) ==
        "`y` has rows of different lengths: row 0 has 3 values, row 2 has 2.");
  CHECK(problem_of([&] { fit(deep); }) ==
        "`x` has rows of different lengths: row [0, 0] has 1 value, row [1, 1] has 2.");
  CHECK(problem_of([&] { fit(uneven); }) == "`x` has rows of different lengths: row 0 has 2 rows, row 1 has 1.");
  CHECK(problem_of([] { fit({{1, 2}, {3}}); }) ==
        "`x` has rows of different lengths: row 0 has 2 values, row 1 has 1.");
  CHECK(problem_of([] { fit({{1, 2}, 3}); }) == "`x` has numbers and rows side by side in its braces.");
}

TEST_CASE("Empty arrays keep their axes", "[data]") {
  CHECK(fit(std::vector<float>{}).x.shape() == Shape{0});
  CHECK(fit(std::vector<std::vector<float>>{}).x.shape() == Shape{0, 0});
  CHECK(fit(std::vector<std::vector<float>>(3)).x.shape() == Shape{3, 0});
  CHECK(fit(std::vector<std::array<float, 2>>{}).x.shape() == Shape{0, 2});
  CHECK(fit(Data{static_cast<const float*>(nullptr), {0, 4}}).x.shape() == Shape{0, 4});
  CHECK(fit(at::empty({0, 3})).x.shape() == Shape{0, 3});
}

TEST_CASE("Data is absent by default, one array, a list, or named", "[data]") {
  const std::vector<float> left{1, 2};
  const Array right{3.0f, 4.0f};
  const at::Tensor tensor = at::ones({2});
  const auto kind = [](const Data& data) {
    return fmt::format("{}{}{}{} {}", data.is_none(), data.is_single(), data.is_list(), data.is_named(), data.count());
  };

  CHECK(kind({}) == "truefalsefalsefalse 0");
  CHECK(kind(none) == "truefalsefalsefalse 0");
  CHECK(kind(left) == "falsetruefalsefalse 1");
  CHECK(kind(Data::list(left, right, std::vector<int>{1})) == "falsefalsetruefalse 3");
  CHECK(kind({right, right}) == "falsefalsetruefalse 2");
  CHECK(kind({tensor, tensor}) == "falsefalsetruefalse 2");
  CHECK(kind(std::vector<Array>{right}) == "falsefalsetruefalse 1");
  CHECK(kind(std::vector<at::Tensor>{tensor}) == "falsefalsetruefalse 1");
  CHECK(kind(std::map<std::string, Array>{{"right", right}}) == "falsefalsefalsetrue 1");
  CHECK(kind(std::map<std::string, at::Tensor>{{"right", tensor}}) == "falsefalsefalsetrue 1");

  const Data named = Data::named({{"left", left}, {"right", right}, {"third", {{1, 2}}}});
  CHECK(kind(named) == "falsefalsefalsetrue 3");
  CHECK(named.names() == std::vector<std::string>{"left", "right", "third"});
  CHECK(named["right"].to_array() == right);
  CHECK(named["left"].tensor().data_ptr() == left.data());
  CHECK(named[2].shape() == Shape{1, 2});
}

TEST_CASE("Data names what is wrong with a list", "[data]") {
  const Data named = Data::named({{"left", {1}}});

  CHECK(problem_of([&] { named["lift"]; }) ==
        "There is no array named 'lift'. Did you mean 'left'? Known names: left.");
  CHECK(problem_of([&] { named[1]; }) == "There are 1 arrays. Received: index=1.");
  CHECK(problem_of([&] { fit(named); }) == "`x` is expected to be one array. Received: 1 arrays.");
  CHECK(problem_of([] { fit({}); }) == "`x` is expected to be one array. Received: none.");
  CHECK(problem_of([&] { Data::list(named); }) ==
        "A list of arrays expects each to be one array. Received: a list or none.");
  CHECK(problem_of([] { Data::named({{"a", {1}}, {"a", {2}}}); }) ==
        "Data.named expects each name once. Received 'a' twice.");
}
