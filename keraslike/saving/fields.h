#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/axes.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/nested_numbers.h"
#include "keraslike/utils/ordered_map.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

class Fields;

namespace saving {

// How an object that is an argument (an initializer, a schedule, a wrapped layer) is written into a config and read
// back.
class ObjectField {
 public:
  virtual ~ObjectField() = default;
  virtual bool is_none() const = 0;
  virtual std::string identifier() const = 0;  // the name it was given by; empty for an object
  virtual ClassIdentity identity() const = 0;
  virtual ConfigForm form() const { return ConfigForm::object; }
  virtual bool has_class() const { return true; }  // false where the class is not registered
  virtual Configured& object() const = 0;
  virtual std::shared_ptr<Configured> fresh() const { return nullptr; }  // one of the same class, with all defaults

  virtual void set_none() = 0;
  virtual void set_identifier(const std::string& name) = 0;
  // Makes the object whose config is to be read; `finish` takes it over once that is done.
  virtual void create(const std::string& class_name) = 0;
  virtual void finish() {}

  // What stands beside the config of the object, as the wiring of a layer in a graph.
  virtual void fields_beside(Fields&) {}

  // Where a plain number may stand instead of an object, as for a learning rate.
  virtual std::optional<double> number() const { return std::nullopt; }
  virtual bool set_number(double) { return false; }
};

// A list of such objects.
class ObjectListField {
 public:
  virtual ~ObjectListField() = default;
  virtual std::size_t size() const = 0;
  virtual void clear() = 0;
  virtual void append() = 0;
  virtual std::unique_ptr<ObjectField> item(std::size_t index) = 0;
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
  virtual void operator()(std::string_view key, std::variant<bool, std::string>& value) = 0;
  virtual void operator()(std::string_view key, std::optional<OrderedMap<std::optional<double>>>& value) = 0;
  virtual void operator()(std::string_view key, Axes& value) = 0;
  virtual void operator()(std::string_view key, NestedNumbers& value) = 0;
  virtual void object(std::string_view key, saving::ObjectField& value) = 0;
  virtual void objects(std::string_view key, saving::ObjectListField& value) = 0;

  // A part that is read by its owner: JSON text, empty where there is none.
  virtual void json(std::string_view key, std::string& text) = 0;

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
  template <class Object>
  void operator()(std::string_view key, std::vector<NameOr<Object>>& value);

 private:
  [[noreturn]] static void refuse_sizes(std::string_view key, const std::vector<int64_t>& sizes, std::size_t expected);
};

namespace saving {

template <class Object>
class NameOrField : public ObjectField {
 public:
  using Impl = typename Object::Impl;
  explicit NameOrField(NameOr<Object>& value) : value_(value) {}

  bool is_none() const override { return value_.is_none(); }
  std::string identifier() const override { return value_.name(); }
  ClassIdentity identity() const override { return registry<Impl>().identity(type()); }
  ConfigForm form() const override { return registry<Impl>().form(); }
  bool has_class() const override { return registry<Impl>().has_class(type()); }
  Configured& object() const override { return impl(); }
  std::shared_ptr<Configured> fresh() const override { return registry<Impl>().make(identity().class_name); }

  void set_none() override { value_ = none; }
  void set_identifier(const std::string& name) override { value_ = name; }
  void create(const std::string& class_name) override { made_ = registry<Impl>().make(class_name); }
  void finish() override { value_ = Object(made_); }

 private:
  // Made once: an initializer made from its name draws a seed.
  Impl& impl() const {
    if (!made_) made_ = value_.get().impl();
    return *made_;
  }

  const std::type_info& type() const {
    const Impl& made = impl();
    return typeid(made);
  }

  NameOr<Object>& value_;
  mutable std::shared_ptr<Impl> made_;
};

template <class Object>
class NameOrListField final : public ObjectListField {
 public:
  explicit NameOrListField(std::vector<NameOr<Object>>& values) : values_(values) {}

  std::size_t size() const override { return values_.size(); }
  void clear() override { values_.clear(); }
  void append() override { values_.emplace_back(none); }
  std::unique_ptr<ObjectField> item(std::size_t index) override {
    return std::make_unique<NameOrField<Object>>(values_[index]);
  }

 private:
  std::vector<NameOr<Object>>& values_;
};

}  // namespace saving

template <class Object>
void Fields::operator()(std::string_view key, NameOr<Object>& value) {
  saving::NameOrField<Object> access(value);
  object(key, access);
}

template <class Object>
void Fields::operator()(std::string_view key, std::vector<NameOr<Object>>& value) {
  saving::NameOrListField<Object> access(value);
  objects(key, access);
}

}  // namespace keraslike
