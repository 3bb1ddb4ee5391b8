#include "keraslike/optimizers/fused.h"

#include "keraslike/utils/parallel.h"
#include "keraslike/utils/processor.h"
#include "keraslike/utils/tiny_numbers.h"

namespace keraslike::optimizers::fused {

namespace {

// Below this many values a second thread costs more than it saves; measured with Adam on two cores.
constexpr int64_t kValuesPerThread = 16384;

// Each thread begins where a line of the cache does.
constexpr int64_t kGrain = 64;

bool lies_like(const at::Tensor& tensor, const at::Tensor& weight) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == weight.scalar_type() &&
         tensor.sizes() == weight.sizes() && tensor.strides() == weight.strides();
}

bool is_one_pass(const Update& of) {
  const at::Tensor& weight = of.value();
  if (!weight.is_cpu() || !weight.is_non_overlapping_and_dense() || !lies_like(of.gradient, weight)) return false;
  for (const auto& slot : of.slots) {
    if (!lies_like(slot->tensor, weight)) return false;
  }
  return of.slots.size() <= kMostSlots;
}

template <class Real>
Values<Real> values_of(const Update& of) {
  Values<Real> values{of.value().numel(), of.value().data_ptr<Real>(), of.gradient.data_ptr<Real>()};
  for (size_t i = 0; i < of.slots.size(); ++i) values.slots[i] = of.slot(i).data_ptr<Real>();
  return values;
}

// Autograd must see that the weight changed, or a graph recorded before would go back through the new value.
void note_change(const at::Tensor& weight) { weight.unsafeGetTensorImpl()->bump_version(); }

// A number below 1e-38 does not change a sum with epsilon. Rules without one keep such numbers where they count: Lion
// looks at their sign.
template <class Numbers>
bool ignores_tiny(const Numbers& numbers) {
  if constexpr (requires { numbers.epsilon; }) return numbers.epsilon > 1e-12;
  return false;
}

template <class Real, class Numbers>
void run(const Update& of, Pass<Real, Numbers> pass, const Numbers& numbers) {
  const Values<Real> values = values_of<Real>(of);
  const auto part = [&](int64_t begin, int64_t end) {
    const utils::FlushTinyNumbers tiny(std::is_same_v<Real, float> && ignores_tiny(numbers));
    pass(values, begin, end, numbers);
  };
  utils::for_ranges(values.count, utils::threads_for(values.count, kValuesPerThread), kGrain, part);
  note_change(of.value());
}

const Table& table() {
#if defined(__x86_64__)
  static const Table& chosen = utils::chosen_for_processor(baseline, haswell, skylake_avx512);
  return chosen;
#else
  return baseline;
#endif
}

template <class Numbers>
bool in_one_pass(const Update& of, Pass<float, Numbers> Passes<float>::*of_float,
                 Pass<double, Numbers> Passes<double>::*of_double, const Numbers& numbers) {
  if (!is_one_pass(of)) return false;
  switch (of.value().scalar_type()) {
    case at::kFloat: run(of, table().of_float.*of_float, numbers); return true;
    case at::kDouble: run(of, table().of_double.*of_double, numbers); return true;
    default: return false;
  }
}

}  // namespace

bool adam(const Update& of, const AdamNumbers& numbers) {
  if (numbers.amsgrad) return in_one_pass(of, &Passes<float>::amsgrad, &Passes<double>::amsgrad, numbers);
  return in_one_pass(of, &Passes<float>::adam, &Passes<double>::adam, numbers);
}
bool adamax(const Update& of, const AdamaxNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::adamax, &Passes<double>::adamax, numbers);
}
bool nadam(const Update& of, const NadamNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::nadam, &Passes<double>::nadam, numbers);
}
bool sgd(const Update& of, const SgdNumbers& numbers) {
  if (!numbers.has_momentum) return in_one_pass(of, &Passes<float>::sgd, &Passes<double>::sgd, numbers);
  if (numbers.nesterov) return in_one_pass(of, &Passes<float>::nesterov, &Passes<double>::nesterov, numbers);
  return in_one_pass(of, &Passes<float>::momentum, &Passes<double>::momentum, numbers);
}
bool rmsprop(const Update& of, const RmspropNumbers& numbers) {
  const auto choose = [&](auto plain, auto with_momentum, auto centered, auto both) {
    if (numbers.has_momentum) return numbers.centered ? both : with_momentum;
    return numbers.centered ? centered : plain;
  };
  return in_one_pass(of,
                     choose(&Passes<float>::rmsprop, &Passes<float>::momentum_rmsprop,
                            &Passes<float>::centered_rmsprop, &Passes<float>::centered_momentum_rmsprop),
                     choose(&Passes<double>::rmsprop, &Passes<double>::momentum_rmsprop,
                            &Passes<double>::centered_rmsprop, &Passes<double>::centered_momentum_rmsprop),
                     numbers);
}
bool adagrad(const Update& of, const AdagradNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::adagrad, &Passes<double>::adagrad, numbers);
}
bool adadelta(const Update& of, const AdadeltaNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::adadelta, &Passes<double>::adadelta, numbers);
}
bool lion(const Update& of, const LionNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::lion, &Passes<double>::lion, numbers);
}

}  // namespace keraslike::optimizers::fused
