#include <algorithm>
#include <functional>
#include <numeric>

#include <ATen/ops/all.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/any.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/prod.h>
#include <ATen/ops/std.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/var.h>

#include "keraslike/ops/operation.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::ops {

namespace {

using at::Tensor;
using AxisList = std::vector<int64_t>;

class ReductionImpl : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  ReductionOptions options;

 protected:
  void arguments(Fields& field) override {
    axis_field(field, "axis", options.axis);
    field("keepdims", options.keepdims);
  }

  AxisList axes_of(const Tensor& x) const {
    if (!options.axis.values().empty()) return options.axis.in_rank(x.dim(), class_name());
    AxisList all(static_cast<size_t>(x.dim()));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
};

template <auto function>
class ReducedImpl final : public ReductionImpl {
 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    return {function(x, axes_of(x), options.keepdims)};
  }
};

// With a value that takes part beside those of the tensor.
template <auto function, auto join>
class ExtremeImpl final : public ReductionImpl {
 protected:
  void arguments(Fields& field) override {
    ReductionImpl::arguments(field);
    field("initial", initial_);
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const Tensor extreme = function(x, axes_of(x), options.keepdims);
    return {initial_ ? join(extreme, extreme.new_full({}, *initial_)) : extreme};
  }

 private:
  std::optional<double> initial_;
};

template <auto function>
class ProductImpl final : public ReductionImpl {
 protected:
  void arguments(Fields& field) override {
    ReductionImpl::arguments(field);
    std::optional<std::string> dtype;
    field("dtype", dtype);
    if (dtype) throw ValueError("`prod` with a dtype is not available. Received: dtype={}", *dtype);
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    return {function(x, axes_of(x), options.keepdims)};
  }
};

template <auto function>
class PlaceImpl final : public ReductionImpl {
 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const auto& axes = options.axis.values();
    const std::optional<int64_t> axis = axes.empty() ? std::nullopt : std::optional<int64_t>(axes.front());
    return {function(x.scalar_type() == at::kBool ? x.to(at::kByte) : x, axis, options.keepdims).to(at::kInt)};
  }
};

bool is_integer(const Tensor& x) { return at::isIntegralType(x.scalar_type(), /*includeBool=*/true); }

// Small integers are added up as int32.
at::ScalarType sum_type(const Tensor& x) {
  return is_integer(x) && x.scalar_type() != at::kLong ? at::kInt : x.scalar_type();
}

// Several axes at once, which LibTorch does not offer for all functions; the last one first, so that the others stay.
Tensor one_by_one(Tensor x, AxisList axes, bool keepdims, const std::function<Tensor(const Tensor&, int64_t)>& reduce) {
  std::sort(axes.begin(), axes.end(), std::greater<>());
  for (const int64_t axis : axes) {
    x = reduce(x, axis);
    if (keepdims) x = x.unsqueeze(axis);
  }
  return x;
}

Tensor all_of(const Tensor& x, const AxisList& axes, bool keepdims) {
  return one_by_one(x.to(at::kBool), axes, keepdims, [](const Tensor& t, int64_t axis) { return at::all(t, axis); });
}
Tensor any_of(const Tensor& x, const AxisList& axes, bool keepdims) {
  return one_by_one(x.to(at::kBool), axes, keepdims, [](const Tensor& t, int64_t axis) { return at::any(t, axis); });
}
Tensor product(const Tensor& x, const AxisList& axes, bool keepdims) {
  const at::ScalarType type = sum_type(x);
  return one_by_one(x, axes, keepdims,
                    [&](const Tensor& t, int64_t axis) { return at::prod(t, axis, /*keepdim=*/false, type); });
}
Tensor total(const Tensor& x, const AxisList& axes, bool keepdims) { return at::sum(x, axes, keepdims, sum_type(x)); }
Tensor average(const Tensor& x, const AxisList& axes, bool keepdims) { return at::mean(as_float(x), axes, keepdims); }
Tensor variance(const Tensor& x, const AxisList& axes, bool keepdims) {
  return at::var(as_float(x), at::IntArrayRef(axes), /*unbiased=*/false, keepdims);
}
Tensor deviation(const Tensor& x, const AxisList& axes, bool keepdims) {
  return at::std(as_float(x), at::IntArrayRef(axes), /*unbiased=*/false, keepdims);
}
Tensor log_sum_exp(const Tensor& x, const AxisList& axes, bool keepdims) {
  return at::logsumexp(as_float(x), axes, keepdims);
}
Tensor length(const Tensor& x, const AxisList& axes, bool keepdims) {
  return at::linalg_vector_norm(as_float(x), 2, at::IntArrayRef(axes), keepdims);
}
Tensor greatest(const Tensor& x, const AxisList& axes, bool keepdims) { return at::amax(x, axes, keepdims); }
Tensor least(const Tensor& x, const AxisList& axes, bool keepdims) { return at::amin(x, axes, keepdims); }
Tensor greater_of(const Tensor& a, const Tensor& b) { return at::maximum(a, b); }
Tensor lesser_of(const Tensor& a, const Tensor& b) { return at::minimum(a, b); }
Tensor place_of_greatest(const Tensor& x, std::optional<int64_t> axis, bool keepdims) {
  return axis ? at::argmax(x, *axis, keepdims) : at::argmax(x);
}
Tensor place_of_least(const Tensor& x, std::optional<int64_t> axis, bool keepdims) {
  return axis ? at::argmin(x, *axis, keepdims) : at::argmin(x);
}

// Euclid's length alone; matrices have other norms.
class NormImpl final : public ReductionImpl {
 protected:
  void arguments(Fields& field) override {
    std::string order = "null";
    field.json("ord", order);
    ReductionImpl::arguments(field);
    const bool is_vectors = options.axis.values().size() == 1;
    if (order.empty() || order == "null" || (order == "2" && is_vectors)) return;
    throw ValueError("`norm` knows ord=None, and 2 along one axis. Received: ord={}", order);
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    return {length(x, axes_of(x), options.keepdims)};
  }
};

KerasTensor reduced(const char* class_name, const KerasTensor& x, ReductionOptions options) {
  const auto operation = made<ReductionImpl>(class_name);
  operation->options = std::move(options);
  return called(operation, {Argument(x)});
}

KerasTensor place(const char* class_name, const KerasTensor& x, ReductionOptions options) {
  if (options.axis.values().size() <= 1) return reduced(class_name, x, std::move(options));
  throw ValueError("{} goes along one axis, or along all. Received: {} axes.", class_name,
                   options.axis.values().size());
}

}  // namespace

void register_reductions() {
  add<ReducedImpl<all_of>>("numpy", "All");
  add<ReducedImpl<any_of>>("numpy", "Any");
  add<ReducedImpl<greatest>>("numpy", "Amax");
  add<ReducedImpl<least>>("numpy", "Amin");
  add<ReducedImpl<log_sum_exp>>("math", "Logsumexp");
  add<ReducedImpl<average>>("numpy", "Mean");
  add<NormImpl>("linalg", "Norm");
  add<ReducedImpl<deviation>>("numpy", "Std");
  add<ReducedImpl<total>>("numpy", "Sum");
  add<ReducedImpl<variance>>("numpy", "Var");
  add<ExtremeImpl<greatest, greater_of>>("numpy", "Max");
  add<ExtremeImpl<least, lesser_of>>("numpy", "Min");
  add<ProductImpl<product>>("numpy", "Prod");
  add<PlaceImpl<place_of_greatest>>("numpy", "Argmax");
  add<PlaceImpl<place_of_least>>("numpy", "Argmin");
}

KerasTensor all(const KerasTensor& x, ReductionOptions options) { return reduced("All", x, std::move(options)); }
KerasTensor amax(const KerasTensor& x, ReductionOptions options) { return reduced("Amax", x, std::move(options)); }
KerasTensor amin(const KerasTensor& x, ReductionOptions options) { return reduced("Amin", x, std::move(options)); }
KerasTensor any(const KerasTensor& x, ReductionOptions options) { return reduced("Any", x, std::move(options)); }
KerasTensor max(const KerasTensor& x, ReductionOptions options) { return reduced("Max", x, std::move(options)); }
KerasTensor mean(const KerasTensor& x, ReductionOptions options) { return reduced("Mean", x, std::move(options)); }
KerasTensor min(const KerasTensor& x, ReductionOptions options) { return reduced("Min", x, std::move(options)); }
KerasTensor norm(const KerasTensor& x, ReductionOptions options) { return reduced("Norm", x, std::move(options)); }
KerasTensor prod(const KerasTensor& x, ReductionOptions options) { return reduced("Prod", x, std::move(options)); }
KerasTensor std(const KerasTensor& x, ReductionOptions options) { return reduced("Std", x, std::move(options)); }
KerasTensor sum(const KerasTensor& x, ReductionOptions options) { return reduced("Sum", x, std::move(options)); }
KerasTensor var(const KerasTensor& x, ReductionOptions options) { return reduced("Var", x, std::move(options)); }
KerasTensor logsumexp(const KerasTensor& x, ReductionOptions options) {
  return reduced("Logsumexp", x, std::move(options));
}
KerasTensor argmax(const KerasTensor& x, ReductionOptions options) { return place("Argmax", x, std::move(options)); }
KerasTensor argmin(const KerasTensor& x, ReductionOptions options) { return place("Argmin", x, std::move(options)); }

}  // namespace keraslike::ops
