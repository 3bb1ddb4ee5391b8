#include "keraslike/training/feeder.h"

#include <utility>

#include <ATen/ops/empty.h>

namespace keraslike::training {

namespace {

// Pinned memory is what a GPU copies from while the program goes on. Each batch has its own, which LibTorch gives to
// nobody else before the copy is made.
Tensors pinned_like(const Tensors& samples, int64_t rows) {
  Tensors buffers;
  for (const at::Tensor& tensor : samples) {
    if (!tensor.defined()) {
      buffers.emplace_back();
      continue;
    }
    std::vector<int64_t> sizes = tensor.sizes().vec();
    sizes.front() = rows;
    buffers.push_back(at::empty(sizes, at::TensorOptions().dtype(tensor.scalar_type()).pinned_memory(true)));
  }
  return buffers;
}

Samples gathered_pinned(const Samples& samples, const BatchRows& rows) {
  const Samples batch{pinned_like(samples.x, rows.count), pinned_like(samples.y, rows.count),
                      pinned_like(samples.weights, rows.count)};
  rows.copy(samples, batch);
  return batch;
}

void send(Tensors& tensors, at::Device device) {
  for (at::Tensor& tensor : tensors) {
    if (tensor.defined()) tensor = tensor.to(tensor.options().device(device), /*non_blocking=*/device.is_cuda());
  }
}

Samples sent(const Samples& samples, const BatchRows& rows, at::Device device) {
  Samples batch = device.is_cuda() ? gathered_pinned(samples, rows) : rows.of(samples);
  for (Tensors* tensors : {&batch.x, &batch.y, &batch.weights}) send(*tensors, device);
  return batch;
}

// The order of a pass over the rows is drawn anew, in memory of its own.
bool are_same(const BatchRows& a, const BatchRows& b) {
  if (a.begin != b.begin || a.count != b.count || a.order.defined() != b.order.defined()) return false;
  return !a.order.defined() || a.order.data_ptr() == b.order.data_ptr();
}

}  // namespace

Samples Feeder::take(const BatchRows& rows, at::Device device) {
  device_ = device;
  if (device.is_cpu()) return rows.of(samples_);
  const auto ahead = std::exchange(ahead_, std::nullopt);
  return ahead && ahead->device == device && are_same(ahead->rows, rows) ? ahead->batch : sent(samples_, rows, device);
}

void Feeder::send_ahead(const BatchStream& batches) {
  if (device_.is_cpu()) return;
  if (const auto rows = batches.rows_ahead()) ahead_ = Sent{*rows, device_, sent(samples_, *rows, device_)};
}

}  // namespace keraslike::training
