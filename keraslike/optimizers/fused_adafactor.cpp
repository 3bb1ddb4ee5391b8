#include <algorithm>
#include <cmath>
#include <vector>

#include "keraslike/optimizers/fused.h"
#include "keraslike/optimizers/fused_run.h"

namespace keraslike::optimizers::fused {

namespace {

// Rows, or values of a vector, whose sums one thread makes: those of all are added up in their order.
constexpr int64_t kRows = 64;
constexpr int64_t kValues = 4096;

// Calls part(index, begin, end) for `size` at a time, on several threads where there is enough to do.
template <class Part>
void for_groups(int64_t count, int64_t size, int64_t work, Part&& part) {
  utils::for_ranges(count, utils::threads_for(work, kValuesPerThread), size, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += size) part(i / size, i, std::min(end, i + size));
  });
}

SquareSums sum_of(const std::vector<SquareSums>& parts) {
  SquareSums all;
  for (const SquareSums& part : parts) {
    all.weight += part.weight;
    all.change += part.change;
  }
  return all;
}

// A weight as it lies in memory. The slots are a row and a column of Keras' matrix, and the velocity.
template <class Real>
class Rule {
 public:
  Rule(const Update& of, const Passes<Real>& passes, const AdafactorNumbers& numbers)
      : of_(of), passes_(passes), numbers_(numbers), values_{of.value().numel(), of.value().data_ptr<Real>(),
                                                             of.gradient.data_ptr<Real>()} {
    values_.slots[0] = of.slot(2).data_ptr<Real>();
  }

  void run() {
    const SquareSums sums = of_.value().dim() == 2 ? matrix() : vector();
    const auto count = static_cast<double>(values_.count);
    const Real change = std::sqrt(static_cast<Real>(sums.change / count));
    const Real weight = std::sqrt(static_cast<Real>(sums.weight / count));
    const Real divisor = std::max(change / static_cast<Real>(numbers_.clip_threshold), Real(1));
    const Real scale = std::max(weight, static_cast<Real>(numbers_.epsilon_2)) * static_cast<Real>(numbers_.rate);
    fused::run(of_, values_, passes_.adafactor_step, ScaledNumbers{divisor, scale});
  }

 private:
  SquareSums vector() const {
    std::vector<SquareSums> sums(static_cast<size_t>((values_.count + kValues - 1) / kValues));
    for_groups(values_.count, kValues, values_.count, [&](int64_t group, int64_t begin, int64_t end) {
      sums[static_cast<size_t>(group)] = passes_.adafactor_vector(values_, begin, end, numbers_);
    });
    return sum_of(sums);
  }

  SquareSums matrix() const {
    const int64_t rows = of_.value().size(0);
    const int64_t columns = of_.value().size(1);
    std::vector<Real> of_rows(static_cast<size_t>(rows));
    std::vector<Real> of_columns(static_cast<size_t>(columns));
    sum_squares(of_rows, of_columns);
    const bool is_transposed = !of_.weight.stored.empty();
    average(of_.slot(is_transposed ? 1 : 0), of_rows, columns);
    average(of_.slot(is_transposed ? 0 : 1), of_columns, rows);
    divide_by_mean(is_transposed ? of_columns : of_rows);
    std::vector<SquareSums> sums(static_cast<size_t>((rows + kRows - 1) / kRows));
    for_groups(rows, kRows, values_.count, [&](int64_t group, int64_t begin, int64_t end) {
      sums[static_cast<size_t>(group)] =
          passes_.adafactor_matrix(values_, begin, end, columns, of_rows.data(), of_columns.data());
    });
    return sum_of(sums);
  }

  void sum_squares(std::vector<Real>& of_rows, std::vector<Real>& of_columns) const {
    const auto rows = static_cast<int64_t>(of_rows.size());
    const auto columns = static_cast<int64_t>(of_columns.size());
    std::vector<Real> parts(static_cast<size_t>((rows + kRows - 1) / kRows * columns));
    for_groups(rows, kRows, values_.count, [&](int64_t group, int64_t begin, int64_t end) {
      passes_.adafactor_squares(values_, begin, end, columns, static_cast<Real>(numbers_.epsilon_1), of_rows.data(),
                                parts.data() + group * columns);
    });
    for (size_t i = 0; i < parts.size(); ++i) of_columns[i % of_columns.size()] += parts[i];
  }

  // The slot goes on with the mean of `count` values, of which there are sums; these become what it is then.
  void average(const at::Tensor& slot, std::vector<Real>& sums, int64_t count) const {
    Real* const mean = slot.data_ptr<Real>();
    for (size_t i = 0; i < sums.size(); ++i) {
      mean[i] = mean[i] * static_cast<Real>(numbers_.kept) +
                sums[i] / static_cast<Real>(count) * static_cast<Real>(numbers_.taken);
      sums[i] = mean[i];
    }
  }

  static void divide_by_mean(std::vector<Real>& values) {
    double sum = 0.0;
    for (const Real value : values) sum += value;
    const auto mean = static_cast<Real>(sum / static_cast<double>(values.size()));
    for (Real& value : values) value /= mean;
  }

  const Update& of_;
  const Passes<Real>& passes_;
  const AdafactorNumbers& numbers_;
  Values<Real> values_;
};

bool is_fit(const Update& of) {
  const at::Tensor& weight = of.value();
  const auto& stored = of.weight.stored;
  const bool is_vector = of.weight.shape.rank() < 2 && weight.dim() < 2;
  const bool is_matrix = of.weight.shape.rank() == 2 && weight.dim() == 2 &&
                         (stored.empty() || stored == std::vector<int64_t>{1, 0});
  return weight.numel() > 0 && (is_vector || is_matrix) && is_plain(weight) && weight.is_contiguous() &&
         lies_like(of.gradient, weight) && lies_like(of.slot(2), weight);
}

}  // namespace

bool adafactor(const Update& of, const AdafactorNumbers& numbers) {
  return is_fit(of) && in_type_of(of.value(), [&]<class Real>(const Passes<Real>& passes) {
    Rule<Real>(of, passes, numbers).run();
  });
}

}  // namespace keraslike::optimizers::fused
