#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace losses {

class PlannedLoss;

class LossImpl : public saving::Configured {
 public:
  LossImpl() = default;
  LossImpl(std::string name, std::string reduction, const std::optional<DTypePolicy>& dtype = {});

  // Constructor arguments under Keras' names; calls this one first for `name` and `reduction`.
  void fields(Fields& field) override;

  // Loss per sample: (batch, ...) from targets and predictions of equal rank where Keras aligns them.
  virtual at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const = 0;

  // Where this is defined, entries of `call`'s result that are false do not count; Keras' `ignore_class`.
  virtual at::Tensor mask(const at::Tensor& y_true, const at::Tensor& y_pred) const;

  // Throws ValueError where targets of this shape can not be compared with outputs of that one. Both with batch axis.
  virtual void check_shapes(const Shape& y_true, const Shape& y_pred) const;

  // Throws ValueError where a target's value is not one that the loss knows, such as a label outside [0, classes).
  virtual void check_values(const at::Tensor& y_true, const Shape& y_pred) const;

  // True where targets are class numbers and keep their integer type on the way in.
  virtual bool takes_labels() const { return false; }

  // For planned steps of training (losses/plan.h), which compute the gradient without recording a graph. By default none,
  // and autograd finds it.
  virtual std::unique_ptr<PlannedLoss> plan() const;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  const std::string& reduction() const { return reduction_; }
  DType dtype() const { return dtype_; }  // of the computation, and of the loss

 protected:
  std::string name_;
  std::string reduction_ = "sum_over_batch_size";
  DType dtype_ = utils::floatx();
};

// What training makes small. Subclass `LossImpl` for your own, or pass a function.
class Loss : public Handle<LossImpl> {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& y_true, const at::Tensor& y_pred)>;

  using Handle::Handle;

  // Any function of (y_true, y_pred) that returns the loss per sample, as in Keras; it is averaged.
  template <PlainFunction<LossImpl, at::Tensor, const at::Tensor&, const at::Tensor&> F>
  Loss(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  const std::string& name() const;

  // The reduced loss. `sample_weight` and `mask` may be undefined tensors.
  at::Tensor operator()(const at::Tensor& y_true, const at::Tensor& y_pred) const;
  at::Tensor operator()(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) const;
  at::Tensor operator()(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                        const at::Tensor& mask) const;

 private:
  static std::shared_ptr<LossImpl> from(Function function);
};

// The loss that `compile` meant, once shapes are known: "crossentropy" and "ce" choose by shape. Shapes with batch
// axis.
Loss for_compile(const NameOr<Loss>& loss, const Shape& y_true, const Shape& y_pred);

}  // namespace losses

using losses::Loss;

template <>
Registry<losses::LossImpl>& registry();

}  // namespace keraslike
