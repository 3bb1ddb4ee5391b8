#include "keraslike/losses/loss.h"

#include <algorithm>
#include <array>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/plan.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/losses/wrapper.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace losses {

namespace {

void check_reduction(const std::string& reduction) {
  constexpr std::array<const char*, 5> kReductions{"sum_over_batch_size", "sum", "none", "mean",
                                                   "mean_with_sample_weight"};
  if (std::find(kReductions.begin(), kReductions.end(), reduction) != kReductions.end()) return;
  throw ValueError(
      "Invalid value for argument `reduction`. Expected one of 'sum_over_batch_size', 'sum', 'none', 'mean', "
      "'mean_with_sample_weight'. Received: reduction='{}'",
      reduction);
}

bool is_crossentropy(const std::string& name) {
  const std::string lower = utils::to_lower(name);
  return lower == "crossentropy" || lower == "ce";
}

// Keras looks at shapes only: one output means binary, targets with an axis less mean class numbers.
std::string crossentropy_for(const Shape& y_true, const Shape& y_pred) {
  if (y_true.empty() || y_pred.empty()) {
    throw ValueError("'crossentropy' expects targets and outputs with a batch axis.");
  }
  if (y_pred.back() == 1) return "binary_crossentropy";
  const bool labels = y_true.rank() < y_pred.rank() || (y_true.back() == 1 && y_pred.back() > 1);
  return labels ? "sparse_categorical_crossentropy" : "categorical_crossentropy";
}

at::Tensor combine(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() ? a : b;
  return a.to(at::kBool) & b.to(at::kBool);
}

[[noreturn]] std::shared_ptr<LossImpl> refuse_crossentropy() {
  throw ValueError(
      "The loss 'crossentropy' (or 'ce') is chosen by the shapes of targets and outputs, so only `compile` takes it. "
      "Name the loss itself: 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'.");
}

}  // namespace

LossImpl::LossImpl(std::string name, std::string reduction, const std::optional<DTypePolicy>& dtype)
    : name_(std::move(name)), reduction_(std::move(reduction)) {
  if (dtype) dtype_ = dtype->compute_dtype();
  check_reduction(reduction_);
}

void LossImpl::fields(Fields& field) {
  field("name", name_);
  std::optional<std::string> reduction = reduction_;
  field("reduction", reduction);
  reduction_ = reduction.value_or("none");  // Keras' None and "none" are one
  check_reduction(reduction_);
}

std::unique_ptr<PlannedLoss> LossImpl::plan() const { return nullptr; }
at::Tensor LossImpl::mask(const at::Tensor&, const at::Tensor&) const { return {}; }
void LossImpl::check_shapes(const Shape&, const Shape&) const {}
void LossImpl::check_values(const at::Tensor&, const Shape&) const {}

std::string class_name_of(const LossImpl& loss) { return registry<LossImpl>().class_name(typeid(loss)); }

void ElementwiseLossImpl::check_shapes(const Shape& y_true, const Shape& y_pred) const {
  check_same_shape(class_name_of(*this), y_true, y_pred);
}

const std::string& Loss::name() const {
  if (impl_->name().empty()) impl_->set_name(utils::unique_name(class_name_of(*impl_)));
  return impl_->name();
}

at::Tensor Loss::operator()(const at::Tensor& y_true, const at::Tensor& y_pred) const {
  return (*this)(y_true, y_pred, {}, {});
}

at::Tensor Loss::operator()(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) const {
  return (*this)(y_true, y_pred, sample_weight, {});
}

at::Tensor Loss::operator()(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                            const at::Tensor& mask) const {
  const at::ScalarType type = utils::scalar_type(impl_->dtype());
  const at::Tensor outputs = y_pred.to(type);
  const at::Tensor targets = impl_->takes_labels() ? y_true : y_true.to(type);
  impl_->check_shapes(shape_of(targets), shape_of(outputs));

  const at::Tensor values = impl_->call(targets, outputs);

  return reduce(values, sample_weight, combine(mask, impl_->mask(targets, outputs)), impl_->reduction());
}

Loss for_compile(const NameOr<Loss>& loss, const Shape& y_true, const Shape& y_pred) {
  const std::string& name = loss.name();
  if (name.empty()) return loss.get();
  auto& known = registry<LossImpl>();
  const Loss chosen = is_crossentropy(name) ? Loss(known.make(crossentropy_for(y_true, y_pred))) : loss.get();
  const auto& classes = known.classes();
  // A class brings its own name; a function is called what the user called it, "mse" or "MSE".
  if (std::find(classes.begin(), classes.end(), name) == classes.end()) {
    chosen->set_name(name.substr(name.find('>') + 1));  // without the package of a function of the user's
  }
  return chosen;
}

}  // namespace losses

template <>
Registry<losses::LossImpl>& registry() {
  static Registry<losses::LossImpl> losses = [] {
    Registry<losses::LossImpl> all("loss", "keras.losses");
    losses::register_regression(all);
    losses::register_hinges(all);
    losses::register_probabilistic(all);
    losses::register_crossentropies(all);
    losses::register_focal(all);
    losses::register_generalized_crossentropy(all);
    losses::register_segmentation(all);
    losses::register_sequence(all);
    losses::register_similarity(all);
    all.add_any_case("crossentropy", losses::refuse_crossentropy);
    all.add_any_case("ce", losses::refuse_crossentropy);
    return all;
  }();
  return losses;
}

}  // namespace keraslike
