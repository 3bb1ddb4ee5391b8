#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace keraslike {

// A cheap copy that shares what it stands for, as every Python name does. The implementation's type is complete only
// for those who include its own header (`layer_impl.h`, ...) or `keraslike/torch.h`.
template <class ImplType>
class Handle {
 public:
  using Impl = ImplType;

  explicit Handle(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  Impl* operator->() const { return impl_.get(); }
  Impl& operator*() const { return *impl_; }
  const std::shared_ptr<Impl>& impl() const { return impl_; }

  // Two handles are equal if they stand for the same object.
  friend bool operator==(const Handle& a, const Handle& b) { return a.impl_ == b.impl_; }

 protected:
  std::shared_ptr<Impl> impl_;
};

// A function or lambda of the given signature, which handles also are but do not count as. Unlike
// `std::is_invocable_r` it may be asked while `at::Tensor` is only declared.
template <class F, class Impl, class Result, class... Args>
concept PlainFunction = !std::is_base_of_v<Handle<Impl>, std::remove_cvref_t<F>> && requires(F function, Args... args) {
  { function(args...) } -> std::same_as<Result>;
};

}  // namespace keraslike
