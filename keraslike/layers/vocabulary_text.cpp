#include "keraslike/layers/vocabulary_text.h"

#include <algorithm>
#include <charconv>

#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

std::vector<std::string> texts_of(const std::vector<int64_t>& tokens) {
  std::vector<std::string> texts;
  for (const int64_t token : tokens) texts.push_back(text_of(token));
  return texts;
}

std::string in_brackets(std::vector<std::string> texts) {
  constexpr size_t kMost = 8;
  if (texts.size() > kMost) {
    texts.resize(kMost);
    texts.emplace_back("...");
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

int64_t integer_in(const std::string& line) {
  int64_t number = 0;
  const char* last = line.data() + line.size();
  const auto [end, error] = std::from_chars(line.data(), last, number);
  if (error == std::errc() && end == last) return number;
  throw ValueError("A vocabulary of integers has one per line. Received: '{}'", line.substr(0, 80));
}

}  // namespace

std::string text_of(int64_t token) { return std::to_string(token); }
std::string text_of(const std::string& token) { return token; }

std::string text_of(const std::vector<int64_t>& tokens) { return text_of(texts_of(tokens)); }
std::string text_of(const std::vector<std::string>& tokens) { return fmt::to_string(fmt::join(tokens, "\n")); }

void read_tokens(const std::string& text, std::vector<std::string>& tokens) {
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    tokens.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  while (!tokens.empty() && tokens.back().empty()) tokens.pop_back();
}

void read_tokens(const std::string& text, std::vector<int64_t>& tokens) {
  std::vector<std::string> lines;
  read_tokens(text, lines);
  for (const std::string& line : lines) tokens.push_back(integer_in(line));
}

std::string listed(const std::vector<int64_t>& tokens) { return in_brackets(texts_of(tokens)); }

std::string listed(const std::vector<std::string>& tokens) {
  std::vector<std::string> quoted;
  for (const std::string& token : tokens) quoted.push_back("'" + token + "'");
  return in_brackets(std::move(quoted));
}

}  // namespace keraslike::layers
