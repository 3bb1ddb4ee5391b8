#include "keraslike/utils/shape.h"

#include <optional>
#include <sstream>
#include <string>

#include "keraslike/utils/axes.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/nested_numbers.h"

#include "support/catch.h"

using namespace keraslike;

TEST_CASE("A shape holds sizes of any integer type and open dimensions", "[utils]") {
  const size_t columns = 3;
  const Shape shape{none, 2, columns};
  CHECK(shape.to_string() == "(None, 2, 3)");
  CHECK(shape[0] == none);
  CHECK_FALSE(shape[1] == none);
  CHECK_FALSE(shape.is_known());
  CHECK(shape.count() == none);
  CHECK(shape.without_batch().count() == 6);
  CHECK(shape.without_batch().with_batch() == shape);
  CHECK(shape.without_batch().with_batch(7) == Shape{7, 2, 3});
  CHECK(shape.matches({5, none, 3}));
  CHECK_FALSE(shape.matches({5, 2, 4}));
  CHECK_FALSE(shape.matches({5, 2}));
  CHECK(shape.dim(-1) == 3);
  CHECK_THROWS_WITH(shape.dim(3), "Shape (None, 2, 3) has no axis 3.");
  CHECK_THROWS_WITH(Shape().without_batch(), StartsWith("A shape without axes has no batch axis."));
}

TEST_CASE("A shape goes into a stream as Keras prints it", "[utils]") {
  std::ostringstream text;
  text << Shape{none, 1} << Shape{5} << Shape();
  CHECK(text.str() == "(None, 1)(5,)()");
}

TEST_CASE("none is the absence of any optional argument", "[utils]") {
  const std::optional<double> number = none;
  std::optional<int64_t> count = 3;
  count = none;
  const std::optional<Shape> shape = none;
  CHECK_FALSE(number.has_value());
  CHECK_FALSE(count.has_value());
  CHECK_FALSE(shape.has_value());
  CHECK(Axes(none).values().empty());
  CHECK_FALSE(NestedNumbers(none));
}

TEST_CASE("Nested numbers know their shape", "[utils]") {
  CHECK(NestedNumbers(2.5).shape().empty());
  CHECK(NestedNumbers({1.0, 2.0}).shape() == Shape{2});
  CHECK(NestedNumbers({2, 1}, {1.0, 2.0}).shape() == Shape{2, 1});
  CHECK_THROWS_WITH(NestedNumbers({2, 2}, {1.0}),
                    "NestedNumbers expects as many values as its shape holds. Received: shape=(2, 2), 1 values");
}
