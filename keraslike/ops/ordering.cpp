// Values in another order, running sums, and what indices choose.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cumprod.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/roll.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/take_along_dim.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/triu.h>
#include <ATen/ops/where.h>

#include "keraslike/ops/operation.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::ops {

namespace {

using at::Tensor;

// Along an axis, or of all values in a row.
class AlongImpl : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  std::optional<int64_t> axis;

 protected:
  void arguments(Fields& field) override { field("axis", axis); }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    return {axis ? along(x, *axis) : along(x.reshape(-1), 0)};
  }
  virtual Tensor along(const Tensor& x, int64_t axis) const = 0;
};

class SortImpl final : public AlongImpl {
  Tensor along(const Tensor& x, int64_t at) const override { return std::get<0>(at::sort(x, at)); }
};

class ArgsortImpl final : public AlongImpl {
  Tensor along(const Tensor& x, int64_t at) const override {
    const Tensor values = x.scalar_type() == at::kBool ? x.to(at::kByte) : x;
    return at::argsort(values, /*stable=*/true, at, /*descending=*/false).to(at::kInt);
  }
};

using Cumulated = Tensor (*)(const Tensor& x, int64_t axis, at::ScalarType type);

// In the type that Keras keeps: that of the input, and int32 for bool.
template <Cumulated function>
class CumulatedImpl final : public AlongImpl {
  void arguments(Fields& field) override {
    AlongImpl::arguments(field);
    field("dtype", dtype_);
  }
  Tensor along(const Tensor& x, int64_t at) const override {
    const at::ScalarType own = x.scalar_type() == at::kBool ? at::kInt : x.scalar_type();
    return function(x, at, dtype_ ? utils::scalar_type(dtype_from_string(*dtype_)) : own);
  }

  std::optional<std::string> dtype_;
};

Tensor cumulated_sum(const Tensor& x, int64_t axis, at::ScalarType type) { return at::cumsum(x, axis, type); }
Tensor cumulated_product(const Tensor& x, int64_t axis, at::ScalarType type) { return at::cumprod(x, axis, type); }

class RollImpl final : public AlongImpl {
 public:
  int64_t shift = 0;

 protected:
  void arguments(Fields& field) override {
    field("shift", shift);
    AlongImpl::arguments(field);
  }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    return {axis ? at::roll(x, {shift}, {*axis}) : at::roll(x, {shift})};
  }
  Tensor along(const Tensor& x, int64_t) const override { return x; }
};

class TriangleImpl : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  int64_t k = 0;

 protected:
  void arguments(Fields& field) override { field("k", k); }
};

class TrilImpl final : public TriangleImpl {
  Tensors compute(const layers::Call<Tensor>& call) const override { return {at::tril(operand(call, "x"), k)}; }
};

class TriuImpl final : public TriangleImpl {
  Tensors compute(const layers::Call<Tensor>& call) const override { return {at::triu(operand(call, "x"), k)}; }
};

class TopKImpl final : public TriangleImpl {
  void arguments(Fields& field) override {
    TriangleImpl::arguments(field);
    field("sorted", sorted_);
  }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    auto [values, places] = at::topk(operand(call, "x"), k, -1, /*largest=*/true, sorted_);
    return {values, places.to(at::kInt)};
  }

  bool sorted_ = true;
};

class OneHotImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  int64_t num_classes = 0;

 protected:
  void arguments(Fields& field) override {
    bool sparse = false;
    field("num_classes", num_classes);
    field("axis", axis_);
    field("dtype", dtype_);
    field("sparse", sparse);
    if (sparse) throw ValueError("`one_hot` with sparse=True is not available: there are no sparse tensors here.");
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x").to(at::kLong);
    const Tensor hot = x.unsqueeze(-1) == at::arange(num_classes, x.options());
    return {hot.to(utils::scalar_type(dtype_from_string(dtype_.value_or("float32")))).movedim(-1, axis_)};
  }

 private:
  int64_t axis_ = -1;
  std::optional<std::string> dtype_;
};

class TakeAlongAxisImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x", "indices"}; }

  std::optional<int64_t> axis;

 protected:
  void arguments(Fields& field) override { field("axis", axis); }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const Tensor given = operand(call, "indices").to(at::kLong);
    const Tensor indices = at::where(given < 0, given + x.size(axis.value_or(0)), given);
    return {axis ? at::take_along_dim(x, indices, *axis) : at::take_along_dim(x, indices)};
  }

  // Indices of one must be there.
  std::pair<int64_t, int64_t> trial_sizes() const override { return {3, 4}; }
};

class NormalizeImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  int64_t axis = -1;

 protected:
  void arguments(Fields& field) override {
    field("axis", axis);
    field("order", order_);
    field("epsilon", epsilon_);
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const double epsilon = epsilon_.value_or(1e-7);
    if (order_ == 2) return {x * at::rsqrt(x.square().sum({axis}, /*keepdim=*/true)).clamp_max(1.0 / epsilon)};
    return {x / at::linalg_vector_norm(x, order_, {axis}, /*keepdim=*/true).clamp_min(epsilon)};
  }

 private:
  int64_t order_ = 2;
  std::optional<double> epsilon_;
};

class MoveaxisImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  Axes source = 0;
  Axes destination = 0;

 protected:
  void arguments(Fields& field) override {
    field("source", source);
    field("destination", destination);
  }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    return {operand(call, "x").movedim(source.values(), destination.values())};
  }
};

class RavelImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override { return {operand(call, "x").reshape(-1)}; }
};

template <class Impl>
KerasTensor along(const char* class_name, const KerasTensor& x, std::optional<int64_t> axis) {
  const auto operation = made<Impl>(class_name);
  operation->axis = axis;
  return called(operation, {Argument(x)});
}

KerasTensors with_k(const char* class_name, const KerasTensor& x, int64_t k) {
  const auto operation = made<TriangleImpl>(class_name);
  operation->k = k;
  return called(operation, {Argument(x)});
}

}  // namespace

void register_ordering() {
  add<ArgsortImpl>("numpy", "Argsort");
  add<CumulatedImpl<cumulated_product>>("numpy", "Cumprod");
  add<CumulatedImpl<cumulated_sum>>("numpy", "Cumsum");
  add<MoveaxisImpl>("numpy", "Moveaxis");
  add<NormalizeImpl>("nn", "Normalize");
  add<OneHotImpl>("nn", "OneHot");
  add<RavelImpl>("numpy", "Ravel");
  add<RollImpl>("numpy", "Roll");
  add<SortImpl>("numpy", "Sort");
  add<TakeAlongAxisImpl>("numpy", "TakeAlongAxis");
  add<TopKImpl>("math", "TopK");
  add<TrilImpl>("numpy", "Tril");
  add<TriuImpl>("numpy", "Triu");
}

KerasTensor argsort(const KerasTensor& x, std::optional<int64_t> axis) { return along<AlongImpl>("Argsort", x, axis); }
KerasTensor cumprod(const KerasTensor& x, std::optional<int64_t> axis) { return along<AlongImpl>("Cumprod", x, axis); }
KerasTensor cumsum(const KerasTensor& x, std::optional<int64_t> axis) { return along<AlongImpl>("Cumsum", x, axis); }
KerasTensor sort(const KerasTensor& x, std::optional<int64_t> axis) { return along<AlongImpl>("Sort", x, axis); }

KerasTensor moveaxis(const KerasTensor& x, int64_t source, int64_t destination) {
  const auto operation = made<MoveaxisImpl>("Moveaxis");
  operation->source = source;
  operation->destination = destination;
  return called(operation, {Argument(x)});
}

KerasTensor normalize(const KerasTensor& x, int64_t axis) {
  const auto operation = made<NormalizeImpl>("Normalize");
  operation->axis = axis;
  return called(operation, {Argument(x)});
}

KerasTensor one_hot(const KerasTensor& x, int64_t num_classes) {
  const auto operation = made<OneHotImpl>("OneHot");
  operation->num_classes = num_classes;
  return called(operation, {Argument(x)});
}

KerasTensor ravel(const KerasTensor& x) { return called(made("Ravel"), {Argument(x)}); }

KerasTensor roll(const KerasTensor& x, int64_t shift, std::optional<int64_t> axis) {
  const auto operation = made<RollImpl>("Roll");
  operation->shift = shift;
  operation->axis = axis;
  return called(operation, {Argument(x)});
}

KerasTensor take_along_axis(const KerasTensor& x, const KerasTensor& indices, int64_t axis) {
  const auto operation = made<TakeAlongAxisImpl>("TakeAlongAxis");
  operation->axis = axis;
  return called(operation, {Argument(x), Argument(indices)});
}

std::vector<KerasTensor> top_k(const KerasTensor& x, int64_t k) { return with_k("TopK", x, k); }
KerasTensor tril(const KerasTensor& x, int64_t k) { return with_k("Tril", x, k); }
KerasTensor triu(const KerasTensor& x, int64_t k) { return with_k("Triu", x, k); }

}  // namespace keraslike::ops
