#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace constraints {

class ConstraintImpl : public saving::Configured {
 public:
  // The nearest tensor that the constraint allows. `weight` has Keras' shape and is left as it is.
  virtual at::Tensor call(const at::Tensor& weight) const = 0;
};

// What a weight is brought back to after each update. Subclass `ConstraintImpl` for your own.
class Constraint : public Handle<ConstraintImpl> {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& weight)>;

  using Handle::Handle;

  // Any function from a weight to one of the same shape. It can train but not be saved.
  template <PlainFunction<ConstraintImpl, at::Tensor, const at::Tensor&> F>
  Constraint(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  at::Tensor operator()(const at::Tensor& weight) const;

 private:
  static std::shared_ptr<ConstraintImpl> from(Function function);
};

}  // namespace constraints

using constraints::Constraint;

template <>
Registry<constraints::ConstraintImpl>& registry();

}  // namespace keraslike
