#include "keraslike/data/array.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <ranges>
#include <sstream>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;

static_assert(std::ranges::input_range<Array>);
static_assert(!std::is_convertible_v<at::Tensor, Array>);  // a copy, or a taking over, is to be asked for
static_assert(!std::is_convertible_v<std::string, Array>);

TEST_CASE("An empty array has the shape (0,)", "[data][array]") {
  const Array empty;

  CHECK(empty.shape() == Shape{0});
  CHECK(empty.size() == 0);
  CHECK(empty.dtype() == DType::Float32);
  CHECK(empty.to_vector<int>().empty());
  CHECK(empty == Array(std::vector<float>{}));
}

TEST_CASE("An array keeps its values when what it was made from changes", "[data][array]") {
  std::vector<float> values{1, 2};
  const at::Tensor tensor = at::ones({2});
  const Array from_vector(values);
  const Array from_pointer(values.data(), {2});
  const Array from_tensor(tensor);

  values[0] = 5;
  tensor.fill_(7);

  CHECK(from_vector == Array{1.0f, 2.0f});
  CHECK(from_pointer == Array{1.0f, 2.0f});
  CHECK(from_tensor == Array{1.0f, 1.0f});
}

TEST_CASE("An array takes over a tensor or vector that is moved", "[data][array]") {
  std::vector<float> values{1, 2};
  at::Tensor tensor = at::ones({2});
  const void* vector_memory = values.data();
  const void* tensor_memory = tensor.data_ptr();

  CHECK(Array(std::move(values)).data<float>() == vector_memory);
  CHECK(Array(std::move(tensor)).data<float>() == tensor_memory);
}

TEST_CASE("A copy and a row share the array's values", "[data][array]") {
  const Array array{{1.0f, 2.0f}, {3.0f, 4.0f}};
  const Array copy = array;

  CHECK(copy.data<float>() == array.data<float>());
  CHECK(array[1].data<float>() == array.data<float>() + 2);
}

TEST_CASE("Elements and rows are indexed as in NumPy", "[data][array]") {
  const Array array{{1, 2, 3}, {4, 5, 6}};

  CHECK(array(0, 1) == 2);
  CHECK(array(-1, -3) == 4);
  CHECK(array[1] == Array{4, 5, 6});
  CHECK(array[-2][2].item() == 3);
  CHECK_THROWS_WITH(array(2, 0), "Index 2 is out of bounds for axis 0 of an array of shape (2, 3).");
  CHECK_THROWS_WITH(array(0, -4), "Index -4 is out of bounds for axis 1 of an array of shape (2, 3).");
  CHECK_THROWS_WITH(array(0), "An array of shape (2, 3) takes 2 indices. Received: 1.");
  CHECK_THROWS_WITH(array[2], "Index 2 is out of bounds for axis 0 of an array of shape (2, 3).");
  CHECK_THROWS_WITH(array.item(), "Array.item expects an array of one value. Received: shape=(2, 3).");
  CHECK_THROWS_AS(array[0][0][0], ValueError);
}

TEST_CASE("An array iterates over its rows", "[data][array]") {
  const Array array{{1, 2}, {3, 4}, {5, 6}};
  std::vector<double> firsts;

  for (const Array row : array) firsts.push_back(row(0));

  CHECK(firsts == std::vector<double>{1, 3, 5});
  CHECK(std::ranges::distance(array | std::views::drop(1)) == 2);
}

TEST_CASE("Values are read in the array's own type or converted", "[data][array]") {
  const Array array{1.75, -2.0, 300.0};

  CHECK(array.data<double>()[2] == 300.0);
  CHECK(array.to_vector<float>() == std::vector<float>{1.75f, -2.0f, 300.0f});
  CHECK(array.to_vector<int>() == std::vector<int>{1, -2, 300});
  CHECK(array.to_vector<uint16_t>()[2] == 300);
  CHECK(array.to_vector<bool>() == std::vector<bool>{true, true, true});
  CHECK(array.to_vector<long double>()[0] == 1.75L);
  CHECK(Array{true, false}.to_vector<float>() == std::vector<float>{1, 0});
  CHECK_THROWS_WITH(array.data<float>(), "Array.data<T> expects T to be the type of dtype float64. Convert with "
                                         "`astype` or `to_vector`.");
}

TEST_CASE("astype and reshape make new arrays", "[data][array]") {
  const Array array{{1.5f, 2.5f}, {0.0f, -1.0f}};

  CHECK(array.astype(DType::Int32) == Array{{1, 2}, {0, -1}});
  CHECK(array.astype(DType::Bool) == Array{{true, true}, {false, true}});
  CHECK(array.reshape({4}) == Array{1.5f, 2.5f, 0.0f, -1.0f});
  CHECK(array.reshape({-1, 1}).shape() == Shape{4, 1});
  CHECK(Array().reshape({0, 3}).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(array.reshape({3}), "An array of shape (2, 2) can not be reshaped to (3,).");
  CHECK_THROWS_WITH(array.reshape({-1, 3}), "An array of shape (2, 2) can not be reshaped to (None, 3).");
  CHECK_THROWS_AS(array.reshape({-1, -1}), ValueError);
}

TEST_CASE("Arrays are filled with zeros, ones, a value or a count", "[data][array]") {
  CHECK(Array::zeros({2}) == Array{0.0f, 0.0f});
  CHECK(Array::ones({2}, DType::Int64) == Array{1L, 1L});
  CHECK(Array::full({1, 2}, 2.5, DType::Float64) == Array{{2.5, 2.5}});
  CHECK(Array::arange(3, DType::Int32) == Array{0, 1, 2});
  CHECK_THROWS_AS(Array::zeros({2, none}), ValueError);
  CHECK_THROWS_AS(Array::arange(-1), ValueError);
}

TEST_CASE("Arrays are equal in shape, dtype and every bit", "[data][array]") {
  CHECK(Array{1, 2} == Array{1, 2});
  CHECK(Array{std::nan("")} == Array{std::nan("")});
  CHECK_FALSE(Array{1, 2} == Array{1L, 2L});
  CHECK_FALSE(Array{1, 2} == Array{{1, 2}});
  CHECK_FALSE(Array{0.0} == Array{-0.0});
}

TEST_CASE("A tensor of any layout becomes an ordered array", "[data][array]") {
  const at::Tensor tensor = at::arange(6, at::kFloat).reshape({2, 3}).t();

  CHECK(Array(tensor) == Array{{0.0f, 3.0f}, {1.0f, 4.0f}, {2.0f, 5.0f}});
  CHECK(Array(tensor).tensor().is_contiguous());
  CHECK(Array(tensor.requires_grad_()).tensor().requires_grad() == false);
  CHECK_THROWS_WITH(Array(at::Tensor()), "`array` is an undefined tensor.");
}

// The texts are those of NumPy 2.4.6, `str(array)`.
TEST_CASE("An array is printed as NumPy prints it", "[data][array]") {
  const double infinity = std::numeric_limits<double>::infinity();

  CHECK(Array{1.0f, 2.5f, -3.0f}.to_string() == "[ 1.   2.5 -3. ]");
  CHECK(Array{{0.1f, 1 / 3.0f}, {100.0f, 2.0f}}.to_string() ==
        "[[  0.1          0.33333334]\n [100.           2.        ]]");
  CHECK(Array{{0.1, 1 / 3.0}, {100.0, 2.0}}.to_string() ==
        "[[  0.1          0.33333333]\n [100.           2.        ]]");
  CHECK(Array{1.0, 2.5e10}.to_string() == "[1.0e+00 2.5e+10]");
  CHECK(Array{1e-5, 0.5, 0.0}.to_string() == "[1.e-05 5.e-01 0.e+00]");
  CHECK(Array{std::nan(""), infinity, -infinity, 1.5}.to_string() == "[ nan  inf -inf  1.5]");
  CHECK(Array{{1, -20}, {300, 4}}.to_string() == "[[  1 -20]\n [300   4]]");
  CHECK(Array{true, false}.to_string() == "[ True False]");
  CHECK(Array{0.1, 1000.0}.astype(DType::Float16).to_string() == "[1.e-01 1.e+03]");
  CHECK(Array::zeros({2, 2}).to_string() == "[[0. 0.]\n [0. 0.]]");
  CHECK(Array::arange(8).reshape({2, 2, 2}).to_string() == "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]");
  CHECK(Array{9007199254740993L}.to_string() == "[9007199254740993]");
  CHECK(Array().to_string() == "[]");
  CHECK(Array{2.5f}[0].to_string() == "2.5");
}

TEST_CASE("Long arrays are printed in lines and shortened as NumPy does", "[data][array]") {
  std::vector<int> thousands;
  std::vector<double> sevenths;
  for (int i = 0; i < 30; ++i) thousands.push_back(1000 * i);
  for (int i = 0; i < 20; ++i) sevenths.push_back(i / 7.0);

  CHECK(Array(thousands).to_string() ==
        "[    0  1000  2000  3000  4000  5000  6000  7000  8000  9000 10000 11000\n"
        " 12000 13000 14000 15000 16000 17000 18000 19000 20000 21000 22000 23000\n"
        " 24000 25000 26000 27000 28000 29000]");
  CHECK(Array(sevenths).reshape({1, 20}).to_string() ==
        "[[0.         0.14285714 0.28571429 0.42857143 0.57142857 0.71428571\n"
        "  0.85714286 1.         1.14285714 1.28571429 1.42857143 1.57142857\n"
        "  1.71428571 1.85714286 2.         2.14285714 2.28571429 2.42857143\n"
        "  2.57142857 2.71428571]]");
  CHECK(Array::arange(1001).to_string() == "[   0    1    2 ...  998  999 1000]");
  CHECK(Array::arange(2000, DType::Float64).reshape({1000, 2}).to_string() ==
        "[[0.000e+00 1.000e+00]\n [2.000e+00 3.000e+00]\n [4.000e+00 5.000e+00]\n ...\n"
        " [1.994e+03 1.995e+03]\n [1.996e+03 1.997e+03]\n [1.998e+03 1.999e+03]]");
}

TEST_CASE("fmt and streams print arrays", "[data][array]") {
  std::ostringstream stream;

  stream << Array{1, 2};

  CHECK(stream.str() == "[1 2]");
}
