#include "keraslike/utils/naming.h"

#include <cctype>
#include <cstdlib>
#include <cxxabi.h>
#include <map>
#include <memory>
#include <mutex>

#include <algorithm>

#include <fmt/ranges.h>

#include "keraslike/utils/registry.h"

namespace keraslike::utils {

namespace {

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct Counters {
  std::mutex mutex;
  std::map<std::string, int64_t> used;
};

Counters& counters() {
  static Counters instance;
  return instance;
}

// Levenshtein's distance, for "did you mean".
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

// Keras' rule: an underscore before a capital that starts a word, and between a small letter or digit and a capital.
std::string to_snake_case(std::string_view class_name) {
  std::string word;
  std::copy_if(class_name.begin(), class_name.end(), std::back_inserter(word), is_word);
  std::string result;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool starts_word = i > 0 && is_upper(word[i]) && i + 1 < word.size() && is_lower(word[i + 1]);
    const bool ends_word = i > 0 && is_upper(word[i]) && is_lower(word[i - 1]);
    if ((starts_word || ends_word) && word[i - 1] != '_') result += '_';
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(word[i])));
  }
  return result;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string unique_name(std::string_view class_name) {
  const std::string prefix = to_snake_case(class_name);
  auto& all = counters();
  const std::lock_guard lock(all.mutex);
  const int64_t number = all.used[prefix]++;
  return number == 0 ? prefix : fmt::format("{}_{}", prefix, number);
}

void reset_unique_names() {
  auto& all = counters();
  const std::lock_guard lock(all.mutex);
  all.used.clear();
}

std::string describe_names(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr size_t kMostCharacters = 360;
  std::string text;
  const auto nearest = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return distance(wanted, a) < distance(wanted, b);
  });
  const size_t errors = nearest == names.end() ? wanted.size() : distance(wanted, *nearest);
  if (errors <= 1 + wanted.size() / 3 && errors < wanted.size()) {
    text = fmt::format("Did you mean '{}'? ", *nearest);
  }
  std::string list;
  for (const auto& name : names) {
    if (list.size() + name.size() > kMostCharacters) {
      list += ", ...";
      break;
    }
    list += (list.empty() ? "" : ", ") + name;
  }
  return fmt::format("{}Known names: {}.", text, list);
}

void refuse_name(std::string_view kind, std::string_view name, const std::vector<std::string>& names) {
  throw ValueError("Could not interpret {} identifier: '{}'. {}", kind, name, describe_names(name, names));
}

void refuse_class(std::string_view kind, std::string_view class_name) {
  throw ValueError(
      "The {0} class {1} can not be saved, because it is not registered and could not be read again. "
      "Register it once: keraslike::registry<...>().add_custom<{1}Impl>(\"my_package\", \"{1}\").",
      kind, class_name);
}

void refuse_key(std::string_view key, const std::string& known) {
  throw ValueError("There is no '{}' here. Known names: {}.", key, known.empty() ? "none" : known);
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

std::string class_name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                         std::free);
  std::string name = status == 0 ? demangled.get() : type.name();
  if (const size_t colon = name.rfind("::"); colon != std::string::npos) name.erase(0, colon + 2);
  constexpr std::string_view kSuffix = "Impl";
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

}  // namespace keraslike::utils
