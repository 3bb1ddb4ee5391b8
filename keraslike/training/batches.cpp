#include "keraslike/training/batches.h"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randperm.h>

#include "keraslike/utils/warnings.h"

namespace keraslike::training {

namespace {

// An output without a loss has no targets.
template <class Change>
Samples changed(const Samples& samples, Change change) {
  Samples result;
  const auto change_all = [&](const Tensors& from, Tensors& to) {
    for (const auto& tensor : from) to.push_back(tensor.defined() ? change(tensor) : tensor);
  };
  change_all(samples.x, result.x);
  change_all(samples.y, result.y);
  change_all(samples.weights, result.weights);
  return result;
}

// What a torch DataLoader draws for its workers when it starts to iterate, and its sampler as seed of the order.
int64_t draw_int64() { return at::empty({}, at::kLong).random_().item<int64_t>(); }

at::Tensor draw_order(int64_t rows) {
  auto generator = at::detail::createCPUGenerator();
  generator.set_current_seed(static_cast<uint64_t>(draw_int64()));
  return at::randperm(rows, generator, at::kLong);
}

}  // namespace

Samples Samples::slice(int64_t begin, int64_t end) const {
  return changed(*this, [&](const at::Tensor& tensor) { return tensor.narrow(0, begin, end - begin); });
}

Samples Samples::gather(const at::Tensor& indices) const {
  return changed(*this, [&](const at::Tensor& tensor) { return tensor.index_select(0, indices); });
}

std::vector<Shape> shapes_of(const Tensors& tensors) {
  std::vector<Shape> result;
  for (const auto& tensor : tensors) {
    if (!tensor.defined()) {
      result.emplace_back();
      continue;
    }
    const auto sizes = tensor.sizes();
    result.push_back(Shape(sizes.begin() + 1, sizes.end()).with_batch());
  }
  return result;
}

BatchStream::BatchStream(Samples samples, int64_t batch_size, Shuffle::Mode shuffle,
                         std::optional<int64_t> steps_per_epoch)
    : samples_(std::move(samples)), batch_size_(batch_size), shuffle_(shuffle), steps_per_epoch_(steps_per_epoch) {}

int64_t BatchStream::batches_in_pass() const { return (samples_.rows() + batch_size_ - 1) / batch_size_; }

int64_t BatchStream::steps() const { return steps_per_epoch_.value_or(batches_in_pass()); }

void BatchStream::begin_pass() {
  draw_int64();
  position_ = 0;
  order_ = at::Tensor();
  pass_begun_ = true;
}

void BatchStream::peek() {
  begin_pass();
  if (shuffle_ == Shuffle::Mode::Rows) draw_order(samples_.rows());
  if (shuffle_ == Shuffle::Mode::WithinBatches) at::randperm(std::min(batch_size_, samples_.rows()));
  reset();
}

void BatchStream::begin_epoch() {
  step_ = 0;
  if (!pass_begun_ || !steps_per_epoch_) begin_pass();
}

std::optional<Samples> BatchStream::next() {
  if (step_ >= steps()) return finish_epoch(false);
  if (position_ >= batches_in_pass()) return finish_epoch(true);
  ++step_;
  return batch_at(position_++);
}

// Keras starts the next pass as soon as the rows are used up, and says so when an epoch wanted more of them.
std::optional<Samples> BatchStream::finish_epoch(bool ran_out) {
  if (ran_out && steps_per_epoch_) {
    utils::warn(fmt::format("Your input ran out of data after {} of `steps_per_epoch`={} batches; the epoch ends here. "
                            "Pass more rows or fewer steps.", step_, *steps_per_epoch_));
  }
  if (position_ >= batches_in_pass()) begin_pass();
  return std::nullopt;
}

Samples BatchStream::batch_at(int64_t index) {
  const int64_t begin = index * batch_size_;
  const int64_t end = std::min(begin + batch_size_, samples_.rows());
  if (shuffle_ == Shuffle::Mode::Off) return samples_.slice(begin, end);
  if (shuffle_ == Shuffle::Mode::WithinBatches) {
    return samples_.slice(begin, end).gather(at::randperm(end - begin, at::kLong));
  }
  if (!order_.defined()) order_ = draw_order(samples_.rows());
  return samples_.gather(order_.narrow(0, begin, end - begin));
}

}  // namespace keraslike::training
