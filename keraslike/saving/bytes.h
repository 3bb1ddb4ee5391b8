#pragma once

// For sources.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace keraslike::saving {

// Bytes that stay as and where they are while anybody holds them: a text, a file that is mapped into memory, or a part
// of one. A copy shares them.
class Bytes {
 public:
  Bytes() = default;
  Bytes(std::string text) {  // NOLINT: the conversions are the purpose of this class
    const auto owner = std::make_shared<const std::string>(std::move(text));
    view_ = *owner;
    owner_ = owner;
  }
  Bytes(const char* text) : Bytes(std::string(text)) {}  // NOLINT
  Bytes(std::string_view view, std::shared_ptr<const void> owner) : view_(view), owner_(std::move(owner)) {}

  std::string_view view() const { return view_; }
  size_t size() const { return view_.size(); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  Bytes part(size_t begin, size_t size) const { return {view_.substr(begin, size), owner_}; }

 private:
  std::string_view view_;
  std::shared_ptr<const void> owner_;
};

}  // namespace keraslike::saving
