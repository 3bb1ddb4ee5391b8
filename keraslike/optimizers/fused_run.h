#pragma once

// For sources. How the loops of fused_table.h are run over a weight's memory.

#include <type_traits>
#include <utility>

#include "keraslike/optimizers/fused_table.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/tiny_numbers.h"

namespace keraslike::optimizers::fused {

// Below this many values a second thread costs more than it saves; measured with Adam on two cores.
constexpr int64_t kValuesPerThread = 16384;

// Each thread begins where a line of the cache does.
constexpr int64_t kGrain = 64;

// The loops of this processor's generation.
const Table& table();

// Whether a weight is dense in the CPU's memory, and whether another tensor lies there just as it does.
bool is_plain(const at::Tensor& weight);
bool lies_like(const at::Tensor& tensor, const at::Tensor& weight);

// Autograd must see that the weight changed, or a graph recorded before would go back through the new value.
inline void note_change(const at::Tensor& weight) { weight.unsafeGetTensorImpl()->bump_version(); }

// A number below 1e-38 does not change a sum with epsilon. Rules without one keep such numbers where they count: Lion
// looks at their sign.
template <class Numbers>
bool ignores_tiny(const Numbers& numbers) {
  if constexpr (requires { numbers.epsilon; }) return numbers.epsilon > 1e-12;
  return false;
}

// Calls pass(begin, end) for all values, on several threads.
template <class Real, class Numbers, class Part>
void for_values(int64_t count, const Numbers& numbers, int64_t grain, Part&& pass) {
  const auto part = [&](int64_t begin, int64_t end) {
    const utils::FlushTinyNumbers tiny(std::is_same_v<Real, float> && ignores_tiny(numbers));
    pass(begin, end);
  };
  utils::for_ranges(count, utils::threads_for(count, kValuesPerThread), grain, part);
}

template <class Real, class Numbers>
void run(const Update& of, const Values<Real>& values, Pass<Real, Numbers> pass, const Numbers& numbers) {
  for_values<Real>(values.count, numbers, kGrain,
                   [&](int64_t begin, int64_t end) { pass(values, begin, end, numbers); });
  note_change(of.value());
}

// Calls run with the passes of the weight's type; false where there are none.
template <class Run>
bool in_type_of(const at::Tensor& weight, Run&& run) {
  switch (weight.scalar_type()) {
    case at::kFloat: run(table().of_float); return true;
    case at::kDouble: run(table().of_double); return true;
    default: return false;
  }
}

}  // namespace keraslike::optimizers::fused
