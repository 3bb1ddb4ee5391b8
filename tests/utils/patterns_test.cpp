#include "keraslike/utils/patterns.h"

#include <string>

#include "support/catch.h"

using keraslike::utils::Pattern;

TEST_CASE("A pattern is compared with the whole, or looked for", "[utils][patterns]") {
  const Pattern pattern("encoder/.*", "This test expects patterns");

  CHECK(pattern.matches("encoder/dense/kernel"));
  CHECK_FALSE(pattern.matches("model/encoder/dense/kernel"));
  CHECK(pattern.is_within("model/encoder/dense/kernel"));
  CHECK_FALSE(pattern.is_within("decoder/dense"));
}

TEST_CASE("What is no pattern is refused", "[utils][patterns]") {
  CHECK_THROWS_WITH(Pattern("(", "This test expects patterns"),
                    StartsWith("This test expects patterns. Received: '(' ("));
  CHECK_THROWS_WITH(Pattern("a{2}", "This test expects patterns"),
                    "This test expects patterns. Received: 'a{2}' (counted repetitions are not available)");
  CHECK_THROWS_WITH(Pattern(std::string(1001, '('), "This test expects patterns"),
                    "This test expects patterns. Received: '" + std::string(100, '(') +
                        "' (it has more than 1000 characters)");
}

TEST_CASE("No pattern takes all time or memory", "[utils][patterns]") {
  const std::string expected = "This test expects patterns";
  const std::string name(100000, 'a');
  std::string many;
  for (int i = 0; i < 400; ++i) many += "a?";

  CHECK_FALSE(Pattern("(a*)*b", expected).matches(name));
  CHECK(Pattern("(a|b)*", expected).matches(name));
  CHECK_FALSE(Pattern(many, expected).matches(name.substr(0, 1000)));
  CHECK(Pattern(std::string(400, '(') + "a" + std::string(400, ')') + "*", expected).matches(name));
}
