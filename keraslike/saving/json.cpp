#include "keraslike/saving/json.h"

#include <string_view>

#include "keraslike/utils/errors.h"

namespace keraslike::saving {

namespace {

constexpr int kMostLevels = 200;

// Passes over the text once: measures its depth, and puts Python's words for what is no number into quotes.
class PythonWords {
 public:
  PythonWords(const std::string& text, const std::string& subject) : text_(text), subject_(subject) {}

  std::string quoted() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (in_string_) {
        pass_string(i);
      } else if (const std::string_view word = word_at(i); !word.empty()) {
        result_.append("\"\\u001b").append(word).append("\"");
        i += word.size() - 1;
      } else {
        pass(text_[i]);
      }
    }
    return std::move(result_);
  }

 private:
  std::string_view word_at(size_t i) const {
    for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
      if (text_.compare(i, word.size(), word) == 0) return word;
    }
    return {};
  }

  void pass_string(size_t& i) {
    result_ += text_[i];
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      result_ += text_[++i];
    } else if (text_[i] == '"') {
      in_string_ = false;
    }
  }

  void pass(char c) {
    result_ += c;
    if (c == '"') in_string_ = true;
    if (c == '[' || c == '{') ++depth_;
    if (c == ']' || c == '}') --depth_;
    if (depth_ > kMostLevels) throw ValueError("{} is nested deeper than {} levels.", subject_, kMostLevels);
  }

  const std::string& text_;
  const std::string& subject_;
  std::string result_;
  bool in_string_ = false;
  int depth_ = 0;
};

void dump(const Json& json, std::string& text);

template <class Items, class Write>
void dump_items(const Items& items, std::string_view brackets, std::string& text, Write write) {
  text += brackets[0];
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += ", ";
    first = false;
    write(item);
  }
  text += brackets[1];
}

void dump(const Json& json, std::string& text) {
  if (json.is_object()) {
    dump_items(json.items(), "{}", text, [&](const auto& item) {
      text += Json(item.key()).dump(-1, ' ', /*ensure_ascii=*/true) + ": ";
      dump(item.value(), text);
    });
  } else if (json.is_array()) {
    dump_items(json, "[]", text, [&](const Json& item) { dump(item, text); });
  } else if (json == kNotANumber || json == kInfinity || json == kMinusInfinity) {
    text += json.get<std::string>().substr(1);
  } else {
    text += json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  }
}

}  // namespace

Json parse_json(const std::string& text, const std::string& subject) {
  try {
    return Json::parse(PythonWords(text, subject).quoted());
  } catch (const nlohmann::json::exception& error) {
    throw ValueError("{} is not valid JSON: {}", subject, std::string(error.what()).substr(0, 200));
  }
}

std::string dump_json(const Json& json) {
  std::string text;
  dump(json, text);
  return text;
}

}  // namespace keraslike::saving
