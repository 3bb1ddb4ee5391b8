#include "keraslike/layers/trial.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "keraslike/layers/device_of.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

using Specs = std::vector<TensorSpec>;

constexpr int64_t kOpen = 16;  // and one more the second time

bool same(const Specs& a, const Specs& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TensorSpec& left, const TensorSpec& right) {
    return left.shape == right.shape && left.dtype == right.dtype;
  });
}

std::string shapes_of(const Specs& specs) {
  std::string text;
  for (const auto& spec : specs) text += (text.empty() ? "" : ", ") + spec.shape.to_string();
  return text;
}

// What a trial draws at random nobody is to notice.
class KeptDraws {
 public:
  KeptDraws() : state_(at::detail::getDefaultCPUGenerator().get_state()) {}
  ~KeptDraws() {
    auto generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(state_);
  }
  KeptDraws(const KeptDraws&) = delete;
  KeptDraws& operator=(const KeptDraws&) = delete;

 private:
  at::Tensor state_;
};

[[noreturn]] void refuse(const LayerImpl& layer, const Specs& inputs, const std::string& reason) {
  throw ValueError("Layer '{}' (of type {}) can not run its {} on an input of shape {}: {}", layer.name(),
                   layer.class_name(), layer.class_name() == "Lambda" ? "function" : "module", shapes_of(inputs),
                   reason);
}

Trial::Tensors tried(const LayerImpl& layer, const Specs& inputs, const Trial::Function& function, int64_t open) {
  Trial::Tensors zeros;
  const at::Device device = device_of(layer);
  for (const auto& spec : inputs) {
    std::vector<int64_t> sizes(spec.shape.begin(), spec.shape.end());
    for (int64_t& size : sizes) size = size < 0 ? open : size;
    zeros.push_back(at::zeros(sizes, at::TensorOptions(utils::scalar_type(spec.dtype)).device(device)));
  }
  const at::NoGradGuard no_grad;
  try {
    return function(zeros);
  } catch (const c10::Error& error) {
    refuse(layer, inputs, reason_of(error));
  } catch (const std::runtime_error& error) {  // as LibTorch throws where a shape does not fit
    refuse(layer, inputs, error.what());
  }
}

Specs outputs_for(const LayerImpl& layer, const Specs& inputs, const Trial::Function& function) {
  const KeptDraws kept;
  const auto small = tried(layer, inputs, function, kOpen);
  const auto large = tried(layer, inputs, function, kOpen + 1);
  Specs outputs;
  for (size_t i = 0; i < small.size(); ++i) {
    Shape shape(small[i].sizes().begin(), small[i].sizes().end());
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] != large.at(i).size(static_cast<int64_t>(axis))) shape[axis] = -1;
    }
    outputs.push_back({shape, utils::dtype_of(small[i].scalar_type(), "The output of layer '" + layer.name() + "'")});
  }
  return outputs;
}

}  // namespace

Specs Trial::operator()(const LayerImpl& layer, Specs inputs, const Function& function) {
  const int64_t rows = inputs.empty() || inputs.front().shape.empty() ? -1 : inputs.front().shape.front();
  for (auto& spec : inputs) {
    if (!spec.shape.empty()) spec.shape.front() = -1;
  }
  const auto is_it = [&](const auto& seen) { return same(seen.first, inputs); };
  auto found = std::find_if(known_.begin(), known_.end(), is_it);
  if (found == known_.end()) found = known_.insert(known_.end(), {inputs, outputs_for(layer, inputs, function)});
  Specs outputs = found->second;
  for (auto& spec : outputs) {
    if (!spec.shape.empty() && spec.shape.front() < 0) spec.shape.front() = rows;
  }
  return outputs;
}

}  // namespace keraslike::layers
