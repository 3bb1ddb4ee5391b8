#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keraslike/utils/registry.h"

namespace keraslike {

// Classes of the user's own that a file names, for the time of one call:
// `load_model(path, {.custom_objects = CustomObjects().add<MyLayerImpl, layers::LayerImpl>("MyLayer")})`. What is
// registered with `registry<...>().add_custom` needs no mention.
class CustomObjects {
 public:
  // `Family` is the base class: layers::LayerImpl, losses::LossImpl, ...
  template <class Object, class Family>
    requires std::is_base_of_v<Family, Object>
  CustomObjects& add(const std::string& name) {
    additions_.push_back([name] { return registry<Family>().template add_for_now<Object>(name); });
    return *this;
  }

  // They are known as long as this lives.
  class Scope {
   public:
    explicit Scope(const CustomObjects& objects);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::vector<std::function<void()>> removals_;
  };

 private:
  std::vector<std::function<std::function<void()>()>> additions_;
};

}  // namespace keraslike
