#include "keraslike/training/batches.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randperm.h>

#include "keraslike/utils/parallel.h"
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

// What a torch DataLoader draws for its workers when it starts to iterate, and its sampler as seed of the order: what
// `random_` writes into an int64.
int64_t draw_int64() {
  auto* const generator = at::check_generator<at::CPUGeneratorImpl>(at::detail::getDefaultCPUGenerator());
  const std::lock_guard lock(generator->mutex_);
  return static_cast<int64_t>(generator->random64() & std::numeric_limits<int64_t>::max());
}

at::Tensor draw_order(int64_t rows) {
  auto generator = at::detail::createCPUGenerator();
  generator.set_current_seed(static_cast<uint64_t>(draw_int64()));
  return at::randperm(rows, generator, at::kLong);
}

// Fewer bytes than these are not worth a second thread.
constexpr int64_t kBytesPerThread = 32768;

void copy_rows(const BatchRows& rows, const at::Tensor& from, const at::Tensor& into) {
  const int64_t bytes = from.numel() / from.size(0) * static_cast<int64_t>(from.element_size());
  const auto* const source = static_cast<const char*>(from.data_ptr());
  auto* const target = static_cast<char*>(into.data_ptr());
  const int64_t* const order = rows.order.defined() ? rows.order.data_ptr<int64_t>() : nullptr;
  const int64_t parts = std::min(rows.count, utils::threads_for(rows.count * bytes, kBytesPerThread));
  utils::for_ranges(rows.count, parts, /*grain=*/1, [&](int64_t begin, int64_t end) {
    if (order == nullptr) {
      const auto all = static_cast<size_t>((end - begin) * bytes);
      std::memcpy(target + begin * bytes, source + (rows.begin + begin) * bytes, all);
      return;
    }
    for (int64_t i = begin; i < end; ++i) {
      std::memcpy(target + i * bytes, source + order[i] * bytes, static_cast<size_t>(bytes));
    }
  });
}

void copy_rows_to(const BatchRows& rows, const Tensors& samples, const Tensors& buffers) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (!buffers[i].defined()) continue;
    if (samples[i].is_cpu() && samples[i].is_contiguous()) {
      copy_rows(rows, samples[i], buffers[i]);
    } else if (rows.order.defined()) {
      at::Tensor(buffers[i]).copy_(samples[i].index_select(0, rows.order));
    } else {
      at::Tensor(buffers[i]).copy_(samples[i].narrow(0, rows.begin, rows.count));
    }
  }
}

}  // namespace

Samples BatchRows::of(const Samples& samples) const {
  return order.defined() ? samples.gather(order) : samples.slice(begin, begin + count);
}

void BatchRows::copy(const Samples& samples, const Samples& buffers) const {
  copy_rows_to(*this, samples.x, buffers.x);
  copy_rows_to(*this, samples.y, buffers.y);
  copy_rows_to(*this, samples.weights, buffers.weights);
}

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

std::optional<BatchRows> BatchStream::next_rows() {
  if (step_ < steps() && position_ < batches_in_pass()) {
    ++step_;
    return rows_at(position_++);
  }
  finish_epoch(step_ < steps());
  return std::nullopt;
}

// Keras starts the next pass as soon as the rows are used up, and says so when an epoch wanted more of them.
void BatchStream::finish_epoch(bool ran_out) {
  if (ran_out && steps_per_epoch_) {
    utils::warn(fmt::format("Your input ran out of data after {} of `steps_per_epoch`={} batches; the epoch ends here. "
                            "Pass more rows or fewer steps.", step_, *steps_per_epoch_));
  }
  if (position_ >= batches_in_pass()) begin_pass();
}

std::optional<BatchRows> BatchStream::rows_ahead() const {
  const bool is_drawn = shuffle_ == Shuffle::Mode::Off || (shuffle_ == Shuffle::Mode::Rows && order_.defined());
  if (!is_drawn || !has_next()) return std::nullopt;
  const int64_t begin = position_ * batch_size_;
  const int64_t count = std::min(batch_size_, samples_.rows() - begin);
  return BatchRows{begin, count, order_.defined() ? order_.narrow(0, begin, count) : at::Tensor()};
}

BatchRows BatchStream::rows_at(int64_t index) {
  const int64_t begin = index * batch_size_;
  const int64_t count = std::min(batch_size_, samples_.rows() - begin);
  if (shuffle_ == Shuffle::Mode::Off) return {begin, count, {}};
  if (shuffle_ == Shuffle::Mode::WithinBatches) return {begin, count, at::randperm(count, at::kLong).add_(begin)};
  if (!order_.defined()) order_ = draw_order(samples_.rows());
  return {begin, count, order_.narrow(0, begin, count)};
}

}  // namespace keraslike::training
