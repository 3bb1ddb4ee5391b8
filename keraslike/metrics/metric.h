#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace metrics {

// Which way is better; `EarlyStopping` with mode="auto" asks.
enum class Direction { Unknown, Up, Down };

class MetricImpl : public saving::Configured {
 public:
  MetricImpl() = default;
  explicit MetricImpl(std::string name, const std::optional<DTypePolicy>& dtype = {})
      : name_(std::move(name)), dtype_(dtype ? dtype->compute_dtype() : utils::floatx()) {}

  // Constructor arguments under Keras' names; calls this one first for `name`.
  void fields(Fields& field) override;

  // Adds a batch. `sample_weight` may be an undefined tensor. State stays on the tensors' device; no number leaves it.
  virtual void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) = 0;

  // Adds a batch whose outputs came with a mask. Keras' means weigh by it; its other metrics do not look at it.
  virtual void update_masked(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                             const at::Tensor& mask);

  // The value so far: a scalar tensor, or a vector for a metric of several thresholds.
  virtual at::Tensor result() const = 0;

  virtual void reset_state() = 0;

  // Throws ValueError where targets of this shape can not be compared with outputs of that one. Both with batch axis.
  virtual void check_shapes(const Shape& y_true, const Shape& y_pred) const;

  virtual Direction direction() const { return Direction::Unknown; }

  // The type of the state, as Keras' configs name it.
  virtual DType dtype() const { return dtype_; }

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

 protected:
  std::string name_;

 private:
  DType dtype_ = utils::floatx();
};

// A number that describes a model over an epoch. Subclass `MetricImpl` for your own, or pass a function.
class Metric : public Handle<MetricImpl> {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& y_true, const at::Tensor& y_pred)>;

  using Handle::Handle;

  // Any function of (y_true, y_pred) that returns a value per sample, as in Keras; it is averaged over the epoch.
  template <PlainFunction<MetricImpl, at::Tensor, const at::Tensor&, const at::Tensor&> F>
  Metric(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  const std::string& name() const;
  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred) const;
  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) const;
  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                    const at::Tensor& mask) const;
  at::Tensor result() const;
  void reset_state() const;

 private:
  static std::shared_ptr<MetricImpl> from(Function function);
};

// The metric that `compile` meant, once shapes are known: "accuracy" and "acc" choose by shape and keep the name given,
// a string names the metric as it was written. Shapes with batch axis.
Metric for_compile(const NameOr<Metric>& metric, const Shape& y_true, const Shape& y_pred);

}  // namespace metrics

using metrics::Metric;

template <>
Registry<metrics::MetricImpl>& registry();

}  // namespace keraslike
