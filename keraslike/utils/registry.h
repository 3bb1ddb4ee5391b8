#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"

namespace keraslike {

namespace utils {
// Ends with: "Did you mean 'relu'? Known names: elu, relu, ...".
std::string describe_names(std::string_view wanted, const std::vector<std::string>& names);

// The texts of a registry's errors, which no user's file needs to compile.
[[noreturn]] void refuse_name(std::string_view kind, std::string_view name, const std::vector<std::string>& names);
[[noreturn]] void refuse_class(std::string_view kind, std::string_view class_name);
std::vector<std::string> sorted(std::vector<std::string> names);
// "Dense" from the type of `keraslike::layers::DenseImpl` or of a user's `my::DenseImpl`.
std::string class_name_of(const std::type_info& type);
}  // namespace utils

// How configs write an argument that takes a name or an object. Losses and metrics stay what they were given as;
// initializers, regularizers and constraints are always objects; activations are names unless their arguments differ
// from the defaults.
enum class ConfigForm { as_given, object, name };

// How files name a class. Keras' own classes have no registered name; a user's have "package>Name".
struct ClassIdentity {
  std::string module;
  std::string class_name;
  std::string registered_name = {};

  friend bool operator==(const ClassIdentity&, const ClassIdentity&) = default;
};

// The names of one kind of object ("activation", "loss", ...) and how to make each. `Impl` may be incomplete here.
template <class Impl>
class Registry {
 public:
  using Factory = std::function<std::shared_ptr<Impl>()>;

  // Keras lowers the letters of optimizers' names before it looks them up, and of no others.
  enum class Letters { AsWritten, Lowered };

  // `kind` names it in messages; `module` is where Keras keeps such objects, for configs ("keras.layers").
  Registry(std::string kind, std::string module, Letters letters = Letters::AsWritten)
      : kind_(std::move(kind)), module_(std::move(module)), letters_(letters) {}
  Registry(std::string kind, std::string module, ConfigForm form)
      : kind_(std::move(kind)), module_(std::move(module)), form_(form) {}

  // Registers `Object`, which is default-constructible, under Keras' class name, its snake_case form and the aliases;
  // under the lowered class name alone where letters are lowered.
  template <class Object>
  void add(const std::string& class_name, const std::vector<std::string>& aliases = {}) {
    add(class_name, aliases, [] { return std::make_shared<Object>(); });
    identify<Object>({module_, class_name});
  }

  // Registers a class of the user's own, as Keras' `register_keras_serializable(package)` does: files say
  // "package>class_name", and so may whoever asks for it by name; the class name alone will do too.
  template <class Object>
  void add_custom(const std::string& package, const std::string& class_name) {
    const std::string full = package + ">" + class_name;
    const Factory factory = [] { return std::make_shared<Object>(); };
    factories_.insert_or_assign(full, factory);
    add(class_name, {}, factory);
    identify<Object>({package, class_name, full});
  }

  // Adds a class by one name, and returns what takes the name away again. Files that are written later still know it.
  template <class Object>
  std::function<void()> add_for_now(const std::string& name) {
    for_now_.emplace_back(name, [] { return std::make_shared<Object>(); });
    if (!has_class(typeid(Object))) identify<Object>({"custom", name, "custom>" + name});
    return [this] { for_now_.pop_back(); };  // they go in the opposite order
  }

  // A class that files name, but that no message lists and no argument takes.
  template <class Object>
  void add_unlisted(const std::string& name, ClassIdentity identity) {
    unlisted_.insert_or_assign(name, [] { return std::make_shared<Object>(); });
    identify<Object>(std::move(identity));
  }

  // What files say of a class, where it is not what follows from `add`.
  template <class Object>
  void identify(ClassIdentity identity) {
    identities_.insert_or_assign(std::type_index(typeid(Object)), std::move(identity));
  }

  void add(const std::string& class_name, const std::vector<std::string>& aliases, Factory factory) {
    classes_.push_back(class_name);
    if (letters_ == Letters::Lowered) return add_any_case(class_name, std::move(factory));
    factories_.insert_or_assign(class_name, factory);
    factories_.insert_or_assign(utils::to_snake_case(class_name), factory);
    for (const auto& alias : aliases) factories_.insert_or_assign(alias, factory);
  }

  // A name that Keras takes in any letter case, as "ce" for a loss.
  void add_any_case(const std::string& name, Factory factory) {
    any_case_.insert_or_assign(utils::to_lower(name), std::move(factory));
  }

  bool contains(const std::string& name) const { return find(name) != nullptr; }

  // Throws ValueError with the nearest and all known names where `name` is not one.
  void check(const std::string& name) const {
    if (contains(name)) return;
    utils::refuse_name(kind_, name, names());
  }

  std::shared_ptr<Impl> make(const std::string& name) const {
    check(name);
    return (*find(name))();
  }

  // The Keras class name of an object; for a class of the user's own that is not registered, its C++ name less "Impl".
  std::string class_name(const std::type_info& type) const {
    const auto found = identities_.find(std::type_index(type));
    return found == identities_.end() ? utils::class_name_of(type) : found->second.class_name;
  }

  // False for the objects of a factory that was registered without their class.
  bool has_class(const std::type_info& type) const { return identities_.count(std::type_index(type)) > 0; }

  // Throws ValueError for a class that is not registered: no file could be read with it.
  const ClassIdentity& identity(const std::type_info& type) const {
    const auto found = identities_.find(std::type_index(type));
    if (found != identities_.end()) return found->second;
    utils::refuse_class(kind_, class_name(type));
  }

  // Every accepted name, sorted; and the class names in the order of registration.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, factory] : factories_) result.push_back(name);
    for (const auto& [name, factory] : for_now_) result.push_back(name);
    for (const auto& [name, factory] : any_case_) {
      if (factories_.count(name) == 0) result.push_back(name);
    }
    return utils::sorted(std::move(result));
  }
  const std::vector<std::string>& classes() const { return classes_; }
  const std::string& kind() const { return kind_; }
  const std::string& module() const { return module_; }
  ConfigForm form() const { return form_; }

 private:
  // A user's class "package>Name" may be known by its bare name alone.
  const Factory* find(const std::string& name) const {
    const auto is_named = [&](const auto& added) { return added.first == name || is_other_spelling(name, added.first); };
    for (size_t i = for_now_.size(); i > 0; --i) {
      if (is_named(for_now_[i - 1])) return &for_now_[i - 1].second;
    }
    if (const auto found = factories_.find(name); found != factories_.end()) return &found->second;
    if (const auto found = any_case_.find(utils::to_lower(name)); found != any_case_.end()) return &found->second;
    if (const auto found = unlisted_.find(name); found != unlisted_.end()) return &found->second;
    const auto mark = name.find('>');
    return mark == std::string::npos ? nullptr : find(name.substr(mark + 1));
  }

  bool is_other_spelling(const std::string& name, const std::string& class_name) const {
    if (letters_ == Letters::Lowered) return utils::to_lower(name) == utils::to_lower(class_name);
    return name == utils::to_snake_case(class_name);
  }

  std::string kind_;
  std::string module_;
  Letters letters_ = Letters::AsWritten;
  ConfigForm form_ = ConfigForm::as_given;
  std::map<std::string, Factory> factories_;
  std::map<std::string, Factory> any_case_;
  std::map<std::string, Factory> unlisted_;
  std::vector<std::pair<std::string, Factory>> for_now_;
  std::map<std::type_index, ClassIdentity> identities_;
  std::vector<std::string> classes_;
};

// The one registry of a kind, filled with what the library has on first use. Each family specialises it in its base
// source; a user's own class is added with `registry<LayerImpl>().add<MyImpl>("My")`.
template <class Impl>
Registry<Impl>& registry();

}  // namespace keraslike
