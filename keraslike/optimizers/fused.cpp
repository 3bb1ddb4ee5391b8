#include "keraslike/optimizers/fused.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "keraslike/optimizers/fused_run.h"
#include "keraslike/utils/processor.h"

namespace keraslike::optimizers::fused {

const Table& table() {
#if defined(__x86_64__)
  static const Table& chosen = utils::chosen_for_processor(baseline, haswell, skylake_avx512);
  return chosen;
#else
  return baseline;
#endif
}

bool is_plain(const at::Tensor& weight) { return weight.is_cpu() && weight.is_non_overlapping_and_dense(); }

bool lies_like(const at::Tensor& tensor, const at::Tensor& weight) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == weight.scalar_type() &&
         tensor.sizes() == weight.sizes() && tensor.strides() == weight.strides();
}

namespace {

bool is_one_pass(const Update& of) {
  const at::Tensor& weight = of.value();
  if (!is_plain(weight) || !lies_like(of.gradient, weight)) return false;
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

template <class Numbers>
bool in_one_pass(const Update& of, Pass<float, Numbers> Passes<float>::*of_float,
                 Pass<double, Numbers> Passes<double>::*of_double, const Numbers& numbers) {
  if (!is_one_pass(of)) return false;
  switch (of.value().scalar_type()) {
    case at::kFloat: run(of, values_of<float>(of), table().of_float.*of_float, numbers); return true;
    case at::kDouble: run(of, values_of<double>(of), table().of_double.*of_double, numbers); return true;
    default: return false;
  }
}

// How long Lamb's step is for each unit of the rate: the length of the weight over that of its change. The sums of some
// values are added up in their order, whichever thread they come from.
template <class Real>
Real lamb_ratio(const Values<Real>& values, const Passes<Real>& passes, const LambNumbers& numbers) {
  constexpr int64_t kSummed = 4096;
  std::vector<SquareSums> sums(static_cast<size_t>((values.count + kSummed - 1) / kSummed));
  for_values<Real>(values.count, numbers, kSummed, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += kSummed) {
      sums[static_cast<size_t>(i / kSummed)] = passes.lamb_slots(values, i, std::min(end, i + kSummed), numbers);
    }
  });
  SquareSums all;
  for (const SquareSums& part : sums) {
    all.weight += part.weight;
    all.change += part.change;
  }
  const Real length = std::sqrt(static_cast<Real>(all.weight));
  const Real change_length = std::sqrt(static_cast<Real>(all.change));
  return length > 0 && change_length > 0 ? length / change_length : Real(1);
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
bool ftrl(const Update& of, const FtrlNumbers& numbers) {
  return in_one_pass(of, &Passes<float>::ftrl, &Passes<double>::ftrl, numbers);
}
bool lamb(const Update& of, const LambNumbers& numbers) {
  return is_one_pass(of) && in_type_of(of.value(), [&]<class Real>(const Passes<Real>& passes) {
    const Values<Real> values = values_of<Real>(of);
    LambNumbers scaled = numbers;
    scaled.rate = lamb_ratio(values, passes, numbers) * static_cast<Real>(numbers.rate);
    run(of, values, passes.lamb_step, scaled);
  });
}

}  // namespace keraslike::optimizers::fused
