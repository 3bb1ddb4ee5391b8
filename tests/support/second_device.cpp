#include "support/second_device.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/core/ivalue.h>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <torch/torch.h>
#if TORCH_VERSION_MAJOR >= 2
#include <ATen/detail/MTIAHooksInterface.h>
#endif

#include "keraslike/keraslike.h"

namespace test {

namespace {

// Kinds that `set_data`, and with it `module.to(device)`, takes for one of LibTorch's own.
#if TORCH_VERSION_MAJOR >= 2
constexpr at::DeviceType kKind = at::kMTIA;
constexpr c10::DispatchKey kKey = c10::DispatchKey::MTIA;
#else
constexpr at::DeviceType kKind = at::kXPU;
constexpr c10::DispatchKey kKey = c10::DispatchKey::XPU;
#endif
const at::Device kDevice(kKind, 0);

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kKind; }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, kDevice);
  }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};

#if TORCH_VERSION_MAJOR >= 2
// Autograd asks what kind of device there is, and LibTorch 2 asks what is registered under this name.
struct MTIAHooks final : at::MTIAHooksInterface {
  MTIAHooks() = default;
  explicit MTIAHooks(at::MTIAHooksArgs) {}
  void init() const override {}
  bool hasMTIA() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  // Which `manual_seed` asks of every device. Nothing is drawn there.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return at::detail::getDefaultCPUGenerator();
  }
};
#endif

bool is_here(const at::Tensor& tensor) { return tensor.defined() && tensor.device() == kDevice; }

// An address of the device leads nowhere in main memory: who reads there crashes, as with a GPU's.
void* across(void* address) {
  constexpr uintptr_t kElsewhere = uintptr_t{1} << 62;
  return address == nullptr ? nullptr : reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) ^ kElsewhere);
}

at::Tensor same_memory(const at::Tensor& tensor, at::Device device) {
  return at::from_blob(across(tensor.data_ptr()), tensor.sizes(), tensor.strides(), [tensor](void*) {},
                       tensor.options().device(device).requires_grad(false).pinned_memory(false), device);
}

// The same values for the CPU to compute with, and what it has computed as a tensor of the device.
at::Tensor seen_by_cpu(const at::Tensor& tensor) { return is_here(tensor) ? same_memory(tensor, at::kCPU) : tensor; }
at::Tensor on_device(const at::Tensor& tensor) {
  return tensor.defined() && !is_here(tensor) ? same_memory(tensor, kDevice) : tensor;
}

// Gives a tensor other memory, of another shape perhaps.
void adopt(const at::Tensor& tensor, const at::Tensor& other) {
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(on_device(other).storage());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(other.sizes(), other.strides());
}

// One call of an operator, which the CPU carries out on the device's memory.
class Call {
 public:
  Call(const c10::OperatorHandle& op, torch::jit::Stack& stack)
      : op_(op), stack_(stack), first_(stack.size() - op.schema().arguments().size()),
        given_(stack.begin() + static_cast<std::ptrdiff_t>(first_), stack.end()) {}

  void run() {
    check_mixture();
    refuse_draws();
    for (size_t i = 0; i < given_.size(); ++i) stack_[first_ + i] = translated(given_[i], is_written(i));
    std::vector<c10::IValue> translated_arguments(stack_.begin() + static_cast<std::ptrdiff_t>(first_), stack_.end());
    op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &stack_);
    for (size_t i = 0; i < given_.size(); ++i) follow_resize(i, translated_arguments[i]);
    for (size_t i = 0; i < op_.schema().returns().size(); ++i) {
      stack_[first_ + i] = returned(i, stack_[first_ + i]);
    }
  }

 private:
  bool is_written(size_t argument) const {
    const auto* alias = op_.schema().arguments()[argument].alias_info();
    return alias != nullptr && alias->isWrite();
  }

  template <class Visit>
  void for_tensors(const Visit& visit) const {
    for (const c10::IValue& value : given_) {
      if (value.isTensor()) visit(value.toTensor());
      if (value.isTensorList()) {
        for (const at::Tensor& tensor : value.toTensorVector()) visit(tensor);
      }
    }
  }

  // As CUDA: a single number may come from main memory, anything else may not.
  void check_mixture() const {
    for_tensors([this](const at::Tensor& tensor) {
      const bool fits = !tensor.defined() || is_here(tensor) || tensor.dim() == 0;
      TORCH_CHECK(fits, op_.schema().name(), ": expected all tensors to be on the second device, but found one of ",
                  tensor.dim(), " axes on ", tensor.device());
    });
  }

  // A GPU would draw other numbers than the CPU.
  void refuse_draws() const {
    for (const c10::Argument& argument : op_.schema().arguments()) {
      TORCH_CHECK(argument.name() != "generator", op_.schema().name(), " draws on the second device");
    }
  }

  static c10::IValue translated(const c10::IValue& value, bool is_written) {
    if (value.isDevice()) return c10::Device(at::kCPU);
    if (value.isTensor()) {
      const at::Tensor& tensor = value.toTensor();
      // What is to be written and still empty will be given a size.
      const bool will_grow = is_written && is_here(tensor) && tensor.numel() == 0;
      if (will_grow) return at::empty({0}, at::TensorOptions().dtype(tensor.scalar_type()));
      return seen_by_cpu(tensor);
    }
    if (value.isTensorList()) {
      std::vector<at::Tensor> tensors = value.toTensorVector();
      for (at::Tensor& tensor : tensors) tensor = seen_by_cpu(tensor);
      return c10::List<at::Tensor>(tensors);
    }
    if (value.isOptionalTensorList()) {
      c10::List<c10::optional<at::Tensor>> tensors;
      for (c10::optional<at::Tensor> tensor : value.toOptionalTensorVector()) {
        tensors.push_back(tensor ? c10::optional<at::Tensor>(seen_by_cpu(*tensor)) : tensor);
      }
      return tensors;
    }
    return value;
  }

  void follow_resize(size_t argument, const c10::IValue& after) const {
    if (!is_written(argument) || !after.isTensor() || !is_here(given_[argument].toTensor())) return;
    const at::Tensor& tensor = given_[argument].toTensor();
    const at::Tensor& now = after.toTensor();
    if (now.sizes() != tensor.sizes() || across(now.data_ptr()) != tensor.data_ptr()) adopt(tensor, now);
  }

  c10::IValue returned(size_t index, const c10::IValue& value) const {
    const auto* alias = op_.schema().returns()[index].alias_info();
    for (size_t i = 0; alias != nullptr && alias->isWrite() && i < given_.size(); ++i) {
      if (!is_written(i)) continue;
      if (op_.schema().arguments()[i].alias_info()->beforeSets() == alias->beforeSets()) return given_[i];
    }
    if (value.isTensor()) return on_device(value.toTensor());
    if (!value.isTensorList()) return value;
    std::vector<at::Tensor> tensors = value.toTensorVector();
    for (at::Tensor& tensor : tensors) tensor = on_device(tensor);
    return c10::List<at::Tensor>(tensors);
  }

  const c10::OperatorHandle& op_;
  torch::jit::Stack& stack_;
  size_t first_;
  std::vector<c10::IValue> given_;
};

void by_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) { Call(op, *stack).run(); }

at::Tensor empty(at::IntArrayRef sizes, c10::optional<at::ScalarType> type, c10::optional<at::Layout>,
                 c10::optional<at::Device>, c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
  return on_device(at::empty(sizes, at::TensorOptions().dtype(type), format));
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, c10::optional<at::ScalarType> type,
                         c10::optional<at::Layout>, c10::optional<at::Device>, c10::optional<bool>) {
  return on_device(at::empty_strided(sizes, strides, at::TensorOptions().dtype(type)));
}

// The one way between main memory and the device.
at::Tensor& copy(at::Tensor& to, const at::Tensor& from, bool) {
  seen_by_cpu(to).copy_(seen_by_cpu(from));
  return to;
}

const at::Tensor& resize(const at::Tensor& tensor, at::IntArrayRef sizes, c10::optional<at::MemoryFormat> format) {
  if (tensor.sizes() == sizes) return tensor;
  const at::Tensor other = at::empty(sizes, tensor.options().device(at::kCPU).requires_grad(false), format);
  const int64_t kept = std::min(tensor.numel(), other.numel());
  if (kept > 0) other.view(-1).narrow(0, 0, kept).copy_(seen_by_cpu(tensor).reshape(-1).narrow(0, 0, kept));
  adopt(tensor, other);
  return tensor;
}

// LibTorch asks a kind of device that is not its own for these by name.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const c10::optional<at::Tensor>& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, int64_t groups) {
  const c10::optional<at::Tensor> own_bias = bias && bias->defined() ? seen_by_cpu(*bias) : bias;
  return on_device(at::convolution(seen_by_cpu(input), seen_by_cpu(weight), own_bias, stride, padding, dilation,
                                   transposed, output_padding, groups));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef stride,
    at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding, int64_t groups,
    std::array<bool, 3> wanted) {
  const std::vector<int64_t> bias{transposed ? weight.size(1) * groups : weight.size(0)};
  const auto [of_input, of_weight, of_bias] =
      at::convolution_backward(seen_by_cpu(gradient), seen_by_cpu(input), seen_by_cpu(weight), at::IntArrayRef(bias),
                               stride, padding, dilation, transposed, output_padding, groups, wanted);
  return {on_device(of_input), on_device(of_weight), on_device(of_bias)};
}

bool register_device() {
  static const Guard guard;
  static const c10::impl::DeviceGuardImplRegistrar registrar(kKind, &guard);
  static torch::Library rest(torch::Library::IMPL, "_", c10::make_optional(kKey), __FILE__, __LINE__);
  rest.fallback(torch::CppFunction::makeFromBoxedFunction<&by_cpu>());
  static torch::Library own(torch::Library::IMPL, "aten", c10::make_optional(kKey), __FILE__, __LINE__);
  own.impl("empty.memory_format", TORCH_FN(empty));
  own.impl("empty_strided", TORCH_FN(empty_strided));
  own.impl("copy_", TORCH_FN(copy));
  own.impl("resize_", TORCH_FN(resize));
  own.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  own.impl("view", TORCH_FN(at::native::view));
  own.impl("convolution_overrideable", TORCH_FN(convolution));
  own.impl("convolution_backward_overrideable", TORCH_FN(convolution_backward));
  return true;
}

// Autograd starts a thread for each device that there is when it is first used.
[[maybe_unused]] const bool is_registered = register_device();

}  // namespace

at::Device second_device() { return kDevice; }

OnSecondDevice::OnSecondDevice() { keraslike::config::set_device(second_device().str()); }
OnSecondDevice::~OnSecondDevice() { keraslike::config::set_device("cpu"); }

}  // namespace test

#if TORCH_VERSION_MAJOR >= 2
namespace at {
C10_REGISTER_CLASS(MTIAHooksRegistry, MTIAHooks, ::test::MTIAHooks)
}  // namespace at
#endif
