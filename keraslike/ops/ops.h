#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/layers/call.h"
#include "keraslike/layers/keras_tensor.h"
#include "keraslike/utils/axes.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/none.h"

// Keras' functions on tensors of a graph (`keras.ops`), between and in place of layers: `x + 1.0`, `ops::mean(x, {.axis
// = 1})`. Each call is a node of the model, which files hold as Keras' do. Where an argument may be a number too, it
// takes part in the promotion of dtypes as in Keras: weakly.
namespace keraslike {

namespace ops {

// A plain number in the place of a tensor.
class Number {
 public:
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  Number(T value) : value_(of(value)) {}  // NOLINT: implicit by design

  const std::variant<bool, int64_t, double>& value() const { return value_; }

 private:
  template <class T>
  static std::variant<bool, int64_t, double> of(T value) {
    if constexpr (std::same_as<T, bool>) return value;
    if constexpr (std::integral<T>) return static_cast<int64_t>(value);
    return static_cast<double>(value);
  }

  std::variant<bool, int64_t, double> value_;
};

// A tensor of a graph, a number, or an array of numbers.
class Operand {
 public:
  Operand(Array array);                  // NOLINT: implicit by design
  Operand(KerasTensor tensor);           // NOLINT
  Operand(const KerasTensors& tensors);  // NOLINT
  Operand(Number number);                // NOLINT
  template <std::convertible_to<Number> T>
    requires std::integral<T> || std::floating_point<T>
  Operand(T number) : Operand(Number(number)) {}  // NOLINT

  const std::variant<KerasTensor, Number, Array>& value() const { return value_; }

 private:
  std::variant<KerasTensor, Number, Array> value_;
};

// Of two operands that broadcast, at least one of them a tensor.
KerasTensor add(Operand x1, Operand x2);
KerasTensor subtract(Operand x1, Operand x2);
KerasTensor multiply(Operand x1, Operand x2);
KerasTensor divide(Operand x1, Operand x2);       // of integers too: a float32
KerasTensor true_divide(Operand x1, Operand x2);  // the same
KerasTensor floor_divide(Operand x1, Operand x2);
KerasTensor mod(Operand x1, Operand x2);
KerasTensor power(Operand x1, Operand x2);
KerasTensor divide_no_nan(Operand x1, Operand x2);  // 0 where x2 is
KerasTensor arctan2(Operand x1, Operand x2);
KerasTensor logaddexp(Operand x1, Operand x2);
KerasTensor maximum(Operand x1, Operand x2);
KerasTensor minimum(Operand x1, Operand x2);
KerasTensor equal(Operand x1, Operand x2);  // from here on bool
KerasTensor not_equal(Operand x1, Operand x2);
KerasTensor greater(Operand x1, Operand x2);
KerasTensor greater_equal(Operand x1, Operand x2);
KerasTensor less(Operand x1, Operand x2);
KerasTensor less_equal(Operand x1, Operand x2);
KerasTensor logical_and(Operand x1, Operand x2);
KerasTensor logical_or(Operand x1, Operand x2);
KerasTensor logical_xor(Operand x1, Operand x2);

// Of one tensor, value by value.
KerasTensor absolute(const KerasTensor& x);
KerasTensor abs(const KerasTensor& x);
KerasTensor arccos(const KerasTensor& x);
KerasTensor arccosh(const KerasTensor& x);
KerasTensor arcsin(const KerasTensor& x);
KerasTensor arcsinh(const KerasTensor& x);
KerasTensor arctan(const KerasTensor& x);
KerasTensor arctanh(const KerasTensor& x);
KerasTensor ceil(const KerasTensor& x);
KerasTensor cos(const KerasTensor& x);
KerasTensor cosh(const KerasTensor& x);
KerasTensor erf(const KerasTensor& x);
KerasTensor erfc(const KerasTensor& x);
KerasTensor exp(const KerasTensor& x);
KerasTensor exp2(const KerasTensor& x);
KerasTensor expm1(const KerasTensor& x);
KerasTensor floor(const KerasTensor& x);
KerasTensor isfinite(const KerasTensor& x);
KerasTensor isinf(const KerasTensor& x);
KerasTensor isnan(const KerasTensor& x);
KerasTensor log(const KerasTensor& x);
KerasTensor log10(const KerasTensor& x);
KerasTensor log1p(const KerasTensor& x);
KerasTensor log2(const KerasTensor& x);
KerasTensor logical_not(const KerasTensor& x);
KerasTensor negative(const KerasTensor& x);
KerasTensor reciprocal(const KerasTensor& x);
KerasTensor rsqrt(const KerasTensor& x);
KerasTensor sign(const KerasTensor& x);
KerasTensor round(const KerasTensor& x, int64_t decimals = 0);  // halves go to the even number
KerasTensor sin(const KerasTensor& x);
KerasTensor sinh(const KerasTensor& x);
KerasTensor sqrt(const KerasTensor& x);
KerasTensor square(const KerasTensor& x);
KerasTensor stop_gradient(const KerasTensor& x);
KerasTensor tan(const KerasTensor& x);
KerasTensor tanh(const KerasTensor& x);
KerasTensor trunc(const KerasTensor& x);
KerasTensor ones_like(const KerasTensor& x);
KerasTensor zeros_like(const KerasTensor& x);

// Activations, with the defaults of keras.ops: `gelu` is the approximation unless told otherwise.
KerasTensor celu(const KerasTensor& x, double alpha = 1.0);
KerasTensor elu(const KerasTensor& x, double alpha = 1.0);
KerasTensor gelu(const KerasTensor& x, bool approximate = true);
KerasTensor glu(const KerasTensor& x, int64_t axis = -1);
KerasTensor hard_shrink(const KerasTensor& x, double threshold = 0.5);
KerasTensor hard_sigmoid(const KerasTensor& x);
KerasTensor hard_silu(const KerasTensor& x);
KerasTensor hard_tanh(const KerasTensor& x);
KerasTensor leaky_relu(const KerasTensor& x, double negative_slope = 0.2);
KerasTensor log_sigmoid(const KerasTensor& x);
KerasTensor log_softmax(const KerasTensor& x, Axes axis = -1);
KerasTensor relu(const KerasTensor& x);
KerasTensor relu6(const KerasTensor& x);
KerasTensor selu(const KerasTensor& x);
KerasTensor sigmoid(const KerasTensor& x);
KerasTensor silu(const KerasTensor& x);
KerasTensor soft_shrink(const KerasTensor& x, double threshold = 0.5);
KerasTensor softmax(const KerasTensor& x, Axes axis = -1);
KerasTensor softplus(const KerasTensor& x);
KerasTensor softsign(const KerasTensor& x);
KerasTensor sparse_plus(const KerasTensor& x);
KerasTensor sparse_sigmoid(const KerasTensor& x);
KerasTensor sparsemax(const KerasTensor& x, int64_t axis = -1);
KerasTensor squareplus(const KerasTensor& x, double b = 4.0);
KerasTensor tanh_shrink(const KerasTensor& x);
KerasTensor threshold(const KerasTensor& x, double threshold, double default_value);

// `axis` is one, several (`Axes{1, 2}`), or all where it is not given.
struct ReductionOptions {
  Axes axis = none;
  bool keepdims = false;
};

KerasTensor all(const KerasTensor& x, ReductionOptions options = {});
KerasTensor amax(const KerasTensor& x, ReductionOptions options = {});
KerasTensor amin(const KerasTensor& x, ReductionOptions options = {});
KerasTensor any(const KerasTensor& x, ReductionOptions options = {});
KerasTensor max(const KerasTensor& x, ReductionOptions options = {});
KerasTensor mean(const KerasTensor& x, ReductionOptions options = {});
KerasTensor min(const KerasTensor& x, ReductionOptions options = {});
KerasTensor prod(const KerasTensor& x, ReductionOptions options = {});
KerasTensor std(const KerasTensor& x, ReductionOptions options = {});
KerasTensor sum(const KerasTensor& x, ReductionOptions options = {});
KerasTensor var(const KerasTensor& x, ReductionOptions options = {});  // biased, and so is `std`
KerasTensor logsumexp(const KerasTensor& x, ReductionOptions options = {});

// The length of vectors, or of all values together; and `x` over its length along an axis, at least 1e-7.
KerasTensor norm(const KerasTensor& x, ReductionOptions options = {});
KerasTensor normalize(const KerasTensor& x, int64_t axis = -1);

// Where the greatest or least value stands along one axis, or among all values: int32.
KerasTensor argmax(const KerasTensor& x, ReductionOptions options = {});
KerasTensor argmin(const KerasTensor& x, ReductionOptions options = {});

// Along an axis, or of all values in a row where there is none: sums and products so far, and the order of the values
// from the least on; `argsort` is int32.
KerasTensor cumsum(const KerasTensor& x, std::optional<int64_t> axis = {});
KerasTensor cumprod(const KerasTensor& x, std::optional<int64_t> axis = {});
KerasTensor sort(const KerasTensor& x, std::optional<int64_t> axis = -1);
KerasTensor argsort(const KerasTensor& x, std::optional<int64_t> axis = -1);

// The k greatest values along the last axis, from the greatest on, and their places: two tensors.
std::vector<KerasTensor> top_k(const KerasTensor& x, int64_t k);

// 1 at the place that an integer names, 0 elsewhere: float32 along a new last axis. All 0 for negative ones.
KerasTensor one_hot(const KerasTensor& x, int64_t num_classes);

// Shapes. All axes count the batch axis; a size of -1 is what is left.
KerasTensor broadcast_to(const KerasTensor& x, std::vector<int64_t> shape);
KerasTensor concatenate(std::vector<KerasTensor> xs, int64_t axis = 0);
KerasTensor expand_dims(const KerasTensor& x, Axes axis);
KerasTensor flip(const KerasTensor& x, Axes axis = none);
KerasTensor moveaxis(const KerasTensor& x, int64_t source, int64_t destination);
KerasTensor pad(const KerasTensor& x, std::vector<std::vector<int64_t>> pad_width, double constant_values = 0.0);
KerasTensor ravel(const KerasTensor& x);
KerasTensor repeat(const KerasTensor& x, int64_t repeats, std::optional<int64_t> axis = {});
KerasTensor reshape(const KerasTensor& x, std::vector<int64_t> newshape);
KerasTensor roll(const KerasTensor& x, int64_t shift, std::optional<int64_t> axis = {});
KerasTensor squeeze(const KerasTensor& x, Axes axis = none);
KerasTensor stack(std::vector<KerasTensor> x, int64_t axis = 0);
KerasTensor swapaxes(const KerasTensor& x, int64_t axis1, int64_t axis2);
KerasTensor take(const KerasTensor& x, Operand indices, std::optional<int64_t> axis = {});
KerasTensor take_along_axis(const KerasTensor& x, const KerasTensor& indices, int64_t axis);
KerasTensor tile(const KerasTensor& x, Axes repeats);
KerasTensor transpose(const KerasTensor& x, Axes axes = none);
KerasTensor tril(const KerasTensor& x, int64_t k = 0);  // 0 above the k-th diagonal of the last two axes
KerasTensor triu(const KerasTensor& x, int64_t k = 0);  // and below

// Into so many equal parts, or before these places.
std::vector<KerasTensor> split(const KerasTensor& x, int64_t sections, int64_t axis = 0);
std::vector<KerasTensor> split(const KerasTensor& x, std::vector<int64_t> indices, int64_t axis = 0);

// One entry of an index: an integer, `Slice{1, 3}`, `Ellipsis{}`, or `none` for a new axis of size 1.
using Index = std::variant<None, int64_t, Slice, Ellipsis>;

// Python's x[:, 0:3]: `get_item(x, {Slice{}, Slice{0, 3}})`.
KerasTensor get_item(const KerasTensor& x, std::vector<Index> key);

// The rest.
KerasTensor cast(const KerasTensor& x, const std::string& dtype);
KerasTensor clip(const KerasTensor& x, double x_min, double x_max);
KerasTensor einsum(const std::string& subscripts, std::vector<KerasTensor> operands);
KerasTensor matmul(const KerasTensor& x1, const KerasTensor& x2);
KerasTensor where(const KerasTensor& condition, Operand x1, Operand x2);

}  // namespace ops

KerasTensor operator-(const KerasTensor& x);
KerasTensor operator+(const KerasTensor& a, const KerasTensor& b);
KerasTensor operator+(const KerasTensor& a, ops::Number b);
KerasTensor operator+(ops::Number a, const KerasTensor& b);
KerasTensor operator-(const KerasTensor& a, const KerasTensor& b);
KerasTensor operator-(const KerasTensor& a, ops::Number b);
KerasTensor operator-(ops::Number a, const KerasTensor& b);
KerasTensor operator*(const KerasTensor& a, const KerasTensor& b);
KerasTensor operator*(const KerasTensor& a, ops::Number b);
KerasTensor operator*(ops::Number a, const KerasTensor& b);
KerasTensor operator/(const KerasTensor& a, const KerasTensor& b);
KerasTensor operator/(const KerasTensor& a, ops::Number b);
KerasTensor operator/(ops::Number a, const KerasTensor& b);

}  // namespace keraslike
