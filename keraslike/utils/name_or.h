#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "keraslike/utils/none.h"
#include "keraslike/utils/registry.h"

namespace keraslike {

// An argument that takes a name, an object, or `none`: `.optimizer = "adam"` and `.optimizer = Adam(1e-3)`.
//
// `Object` is a handle (Activation, Initializer, Loss, ...). A name is checked where it is written, and makes a fresh
// object each time the argument is used, as in Keras; an object given is shared. Whatever `Object` itself can be made
// from is accepted too: a function, where Keras takes functions.
template <class Object>
class NameOr {
 public:
  using Impl = typename Object::Impl;

  NameOr(None) {}                        // NOLINT: the conversions are the purpose of this class
  NameOr(std::nullptr_t) = delete;       // a null `const char*` is a mistake; say `none`
  NameOr(const char* name) : NameOr(std::string(name)) {}  // NOLINT
  NameOr(std::string name) : name_(std::move(name)) { registry<Impl>().check(name_); }  // NOLINT

  template <class Value>
    requires(std::constructible_from<Object, Value> && !std::convertible_to<Value, std::string> &&
             !std::same_as<std::remove_cvref_t<Value>, NameOr> && !std::same_as<std::remove_cvref_t<Value>, None>)
  NameOr(Value&& object) : object_(Object(std::forward<Value>(object))) {}  // NOLINT

  bool is_none() const { return name_.empty() && !object_; }
  explicit operator bool() const { return !is_none(); }

  // The name as it was written; empty where an object was given.
  const std::string& name() const { return name_; }

  // The object, or a fresh one of this name. Not to be called on `none`.
  Object get() const { return object_ ? *object_ : Object(registry<Impl>().make(name_)); }

  // Replaces a name by an object made from it, once: an unseeded initializer then stays the one that it is.
  Object& resolve() {
    if (!object_) object_ = get();
    name_.clear();
    return *object_;
  }
  const Object& operator*() const { return *object_; }
  const Object* operator->() const { return &*object_; }

 private:
  std::string name_;
  std::optional<Object> object_;
};

}  // namespace keraslike
