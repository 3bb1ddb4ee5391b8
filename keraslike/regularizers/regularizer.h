#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace regularizers {

class RegularizerImpl : public saving::Configured {
 public:
  // The penalty, a scalar tensor that gradients flow through. `weight` has Keras' shape.
  virtual at::Tensor call(const at::Tensor& weight) const = 0;
};

// What a weight, or a layer's output, adds to the loss. Subclass `RegularizerImpl` for your own.
class Regularizer : public Handle<RegularizerImpl> {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& weight)>;

  using Handle::Handle;

  // Any function from a weight to a scalar tensor. It can train but not be saved.
  template <PlainFunction<RegularizerImpl, at::Tensor, const at::Tensor&> F>
  Regularizer(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  at::Tensor operator()(const at::Tensor& weight) const;

 private:
  static std::shared_ptr<RegularizerImpl> from(Function function);
};

}  // namespace regularizers

using regularizers::Regularizer;

template <>
Registry<regularizers::RegularizerImpl>& registry();

}  // namespace keraslike
