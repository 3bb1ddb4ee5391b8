#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace activations {

class PlannedActivation;

class ActivationImpl : public saving::Configured {
 public:
  virtual at::Tensor call(const at::Tensor& x) const = 0;

  // For planned steps (activations/plan.h), which compute the gradient without recording a graph. By default autograd
  // finds it, for `training`. Null where the result has another shape than `x`.
  virtual std::unique_ptr<PlannedActivation> plan(bool training) const;
};

// A function from tensor to tensor of the same shape, applied to what a layer computed.
class Activation : public Handle<ActivationImpl> {
 public:
  using Function = std::function<at::Tensor(const at::Tensor&)>;

  using Handle::Handle;

  // Any function or lambda, as in Keras. Without a name in the registry it can train but not be saved.
  template <PlainFunction<ActivationImpl, at::Tensor, const at::Tensor&> F>
  Activation(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  at::Tensor operator()(const at::Tensor& x) const;

 private:
  static std::shared_ptr<ActivationImpl> from(Function function);
};

}  // namespace activations

using activations::Activation;

template <>
Registry<activations::ActivationImpl>& registry();

}  // namespace keraslike
