#include "keraslike/layers/text.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "keraslike/layers/input_layer.h"
#include "keraslike/layers/node.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/unicode.h"

namespace keraslike::layers {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

}  // namespace

void check_encoding(const std::string& encoding, const std::string& class_name) {
  if (encoding == "utf-8") return;
  throw ValueError("{} knows texts in UTF-8 only. Received: encoding='{}'", class_name, encoding);
}

void refuse_tensors(const LayerImpl& layer) {
  throw ValueError("Layer '{}' (of type {}) takes texts, and received numbers. Call it on Strings, or begin the "
                   "model with an input of texts: `Input({{1}}, {{.dtype = \"string\"}})`.", layer.name(),
                   layer.class_name());
}

bool is_text(const KerasTensor& tensor) {
  const auto* input = dynamic_cast<const InputLayerImpl*>(tensor.impl()->node()->layer.impl().get());
  return input != nullptr && input->is_text();
}

void check_takes(const LayerImpl& layer, bool is_text) {
  const auto* taker = dynamic_cast<const TakesTexts*>(&layer);
  if (is_text && (taker == nullptr || !taker->takes_texts())) {
    throw ValueError("Layer '{}' (of type {}) takes numbers, and received texts. StringLookup, TextVectorization and "
                     "Hashing turn these into numbers.", layer.name(), layer.class_name());
  }
  if (!is_text && taker != nullptr && !taker->takes_numbers()) refuse_tensors(layer);
}

TextRows rows_of(const Strings& texts) {
  const int64_t count = texts.shape().empty() ? 1 : texts.shape()[0];
  TextRows rows;
  if (count == 0) return rows;
  const auto width = static_cast<int64_t>(texts.values().size()) / count;
  for (int64_t row = 0; row < count; ++row) {
    const auto first = texts.values().begin() + row * width;
    rows.emplace_back(first, first + width);
  }
  return rows;
}

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string without_punctuation(const std::string& text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept), [](char c) { return !is_punctuation(c); });
  return kept;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (auto from = text.begin(); from != text.end();) {
    from = std::find_if_not(from, text.end(), is_space);
    const auto to = std::find_if(from, text.end(), is_space);
    if (from != to) words.emplace_back(from, to);
    from = to;
  }
  return words;
}

std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char32_t point : utils::to_code_points(text)) characters.push_back(utils::to_utf8({&point, 1}));
  return characters;
}

std::vector<std::string> ngrams_of(const std::vector<std::string>& tokens, const std::vector<int64_t>& sizes) {
  std::vector<std::string> ngrams;
  for (const int64_t size : sizes) {
    for (auto from = tokens.begin(); tokens.end() - from >= size; ++from) {
      ngrams.push_back(fmt::to_string(fmt::join(from, from + size, " ")));
    }
  }
  return ngrams;
}

}  // namespace keraslike::layers
