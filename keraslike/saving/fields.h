#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "keraslike/utils/axes.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/nested_numbers.h"
#include "keraslike/utils/ordered_map.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

class Fields;

namespace saving {

// How a nested object (an initializer, a schedule, a wrapped layer) is written into a config and read back.
class ObjectField {
 public:
  virtual ~ObjectField() = default;
  virtual bool is_none() const = 0;
  virtual std::string identifier() const = 0;  // the name it was given by; empty for an object
  virtual std::string class_name() const = 0;
  virtual std::string module() const = 0;
  virtual ConfigForm form() const { return ConfigForm::object; }
  virtual bool has_class() const { return true; }  // false where the class is not registered
  virtual void fields(Fields& field) = 0;
  virtual void default_fields(Fields&) const {}  // those of a fresh object of the same class
  virtual void set_none() = 0;
  virtual void set_identifier(const std::string& name) = 0;
  virtual void create(const std::string& class_name) = 0;

  // Where a plain number may stand instead of an object, as for a learning rate.
  virtual std::optional<double> number() const { return std::nullopt; }
  virtual bool set_number(double) { return false; }
};

}  // namespace saving

// Names each constructor argument once, for writing a config and for reading it: `field("units", units_)`.
// Keys are Keras' and come in Keras' order. Every class with a config has `void fields(Fields& field)`.
class Fields {
 public:
  virtual ~Fields() = default;
  virtual bool is_reading() const = 0;

  virtual void operator()(std::string_view key, bool& value) = 0;
  virtual void operator()(std::string_view key, int64_t& value) = 0;
  virtual void operator()(std::string_view key, double& value) = 0;
  virtual void operator()(std::string_view key, std::string& value) = 0;
  virtual void operator()(std::string_view key, std::vector<int64_t>& value) = 0;
  virtual void operator()(std::string_view key, std::vector<double>& value) = 0;
  virtual void operator()(std::string_view key, std::vector<std::vector<int64_t>>& value) = 0;
  virtual void operator()(std::string_view key, Shape& value) = 0;  // an open size is null
  virtual void operator()(std::string_view key, std::optional<bool>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<int64_t>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<double>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<std::string>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<Shape>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<std::vector<int64_t>>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<std::vector<double>>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) = 0;
  virtual void operator()(std::string_view key, Axes& value) = 0;
  virtual void operator()(std::string_view key, NestedNumbers& value) = 0;
  virtual void object(std::string_view key, saving::ObjectField& value) = 0;

  template <std::size_t N>
  void operator()(std::string_view key, Extent<N>& value) {
    std::vector<int64_t> sizes(value.begin(), value.end());
    (*this)(key, sizes);
    if (sizes.size() != N) refuse_sizes(key, sizes, N);
    std::copy(sizes.begin(), sizes.end(), value.begin());
  }

  template <std::size_t N>
  void operator()(std::string_view key, std::optional<Extent<N>>& value) {
    std::optional<std::vector<int64_t>> sizes;
    if (value) sizes.emplace(value->begin(), value->end());
    (*this)(key, sizes);
    if (!sizes) return value.reset();
    if (sizes->size() != N) refuse_sizes(key, *sizes, N);
    value = Extent<N>(0);
    std::copy(sizes->begin(), sizes->end(), value->begin());
  }

  template <class Object>
  void operator()(std::string_view key, NameOr<Object>& value);

 private:
  [[noreturn]] static void refuse_sizes(std::string_view key, const std::vector<int64_t>& sizes, std::size_t expected);
};

namespace saving {

template <class Object>
class NameOrField final : public ObjectField {
 public:
  using Impl = typename Object::Impl;
  explicit NameOrField(NameOr<Object>& value) : value_(value) {}

  bool is_none() const override { return value_.is_none(); }
  std::string identifier() const override { return value_.name(); }
  std::string class_name() const override { return registry<Impl>().class_name(type()); }
  std::string module() const override { return registry<Impl>().module(); }
  ConfigForm form() const override { return registry<Impl>().form(); }
  bool has_class() const override { return registry<Impl>().has_class(type()); }
  void fields(Fields& field) override { object()->fields(field); }
  void default_fields(Fields& field) const override { registry<Impl>().make(class_name())->fields(field); }
  void set_none() override { set(none); }
  void set_identifier(const std::string& name) override { set(name); }
  void create(const std::string& name) override { set(Object(registry<Impl>().make(name))); }

 private:
  // Made once: an initializer made from its name draws a seed.
  const Object& object() const {
    if (!made_) made_ = value_.get();
    return *made_;
  }

  const std::type_info& type() const {
    const Impl& made = *object();
    return typeid(made);
  }

  void set(NameOr<Object> value) {
    value_ = std::move(value);
    made_.reset();
  }

  NameOr<Object>& value_;
  mutable std::optional<Object> made_;
};

}  // namespace saving

template <class Object>
void Fields::operator()(std::string_view key, NameOr<Object>& value) {
  saving::NameOrField<Object> access(value);
  object(key, access);
}

}  // namespace keraslike
