#include "keraslike/layers/deferred_values.h"

#include <utility>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

namespace {

thread_local DeferredValues* current = nullptr;

}  // namespace

void fill(const Weight& weight, const at::Tensor& values) {
  // LibTorch turns fast what it writes in order.
  weight.tensor.detach().copy_(weight.stored.empty() ? values : values.permute(weight.stored));
}

DeferredValues::DeferredValues() : outer_(std::exchange(current, this)) {}

DeferredValues::~DeferredValues() { current = outer_; }

void DeferredValues::draw_rest() {
  for (const auto& [weight, draw] : std::exchange(waiting_, {})) draw();
}

bool DeferredValues::wants(int64_t values) {
  constexpr int64_t kLarge = 1 << 16;
  return current != nullptr && values >= kLarge;
}

void DeferredValues::add(const Weight& weight, std::function<void()> draw) {
  current->waiting_.emplace(&weight, std::move(draw));
}

void DeferredValues::is_loaded(const Weight& weight) {
  if (current != nullptr) current->waiting_.erase(&weight);
}

}  // namespace keraslike::layers
