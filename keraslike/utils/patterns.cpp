#include "keraslike/utils/patterns.h"

#include "keraslike/utils/errors.h"

namespace keraslike::utils {

namespace {

// libstdc++'s usual search recurses with each character and tries all ways, which a long name or a pattern such as
// (a*)*b turns into an overflow of the stack or into hours.
#ifdef __GLIBCXX__
constexpr auto kHow = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;
#else
constexpr auto kHow = std::regex_constants::ECMAScript;
#endif

// Compiling recurses with each bracket, and repetitions are written out.
const char* refusal(const std::string& text) {
  constexpr size_t kMostCharacters = 1000;
  if (text.size() > kMostCharacters) return "it has more than 1000 characters";
  if (text.find('{') != std::string::npos) return "counted repetitions are not available";
  return nullptr;
}

std::regex compiled(const std::string& text, const std::string& expectation) {
  constexpr size_t kShown = 100;
  const char* why = refusal(text);
  try {
    if (why == nullptr) return std::regex(text, kHow);
  } catch (const std::regex_error& error) {
    throw ValueError("{}. Received: '{}' ({})", expectation, text.substr(0, kShown), error.what());
  }
  throw ValueError("{}. Received: '{}' ({})", expectation, text.substr(0, kShown), why);
}

}  // namespace

Pattern::Pattern(const std::string& text, const std::string& expectation)
    : expression_(compiled(text, expectation)) {}

bool Pattern::matches(const std::string& whole) const { return std::regex_match(whole, expression_); }

bool Pattern::is_within(const std::string& text) const { return std::regex_search(text, expression_); }

}  // namespace keraslike::utils
