#include "keraslike/data/preparation.h"

#include <vector>

#include "support/catch.h"

using namespace keraslike;

// The expected values are what the functions of keras.utils return for the same arguments (Keras 3.15.1).

TEST_CASE("Classes become vectors with a 1", "[data][preparation]") {
  CHECK(utils::to_categorical({0, 2, 1}) == Array{{1.f, 0.f, 0.f}, {0.f, 0.f, 1.f}, {0.f, 1.f, 0.f}});
  CHECK(utils::to_categorical({{1}, {0}}, 3) == Array{{0.f, 1.f, 0.f}, {1.f, 0.f, 0.f}});
  CHECK(utils::to_categorical(std::vector<std::vector<float>>{{1, 0}, {2, 2}}) ==
        Array{{{0.f, 1.f, 0.f}, {1.f, 0.f, 0.f}}, {{0.f, 0.f, 1.f}, {0.f, 0.f, 1.f}}});
}

TEST_CASE("What is no class is refused", "[data][preparation]") {
  CHECK_THROWS_WITH(utils::to_categorical({0, 3}, 3),
                    "`to_categorical` expects class numbers in [0, 3). Received: 3. Pass a greater "
                    "`num_classes`, or number the classes from 0.");
  CHECK_THROWS_WITH(utils::to_categorical({-1, 1}),
                    "`to_categorical` expects class numbers in [0, 2). Received: -1. Pass a greater "
                    "`num_classes`, or number the classes from 0.");
  CHECK_THROWS_WITH(utils::to_categorical({0.5, 1.0}),
                    "`to_categorical` expects class numbers, which are whole. Received: an array of float64 "
                    "with others. Round them first, or convert with `astype`.");
  CHECK_THROWS_WITH(utils::to_categorical(Array()),
                    "`to_categorical` expects class numbers. Received: an array of shape (0,).");
}

TEST_CASE("Vectors are divided by their norm", "[data][preparation]") {
  const Array x{{3.0, 4.0}, {0.0, 0.0}, {1.0, -2.0}};

  CHECK(utils::normalize(x).to_vector<double>() ==
        std::vector<double>{0.6, 0.8, 0.0, 0.0, 0.4472135954999579, -0.8944271909999159});
  CHECK(utils::normalize(x, 1, 1).to_vector<double>() ==
        std::vector<double>{0.42857142857142855, 0.5714285714285714, 0, 0, 0.3333333333333333, -0.6666666666666666});
  CHECK(utils::normalize({{1, 2}}) == Array{{0.4472136f, 0.8944272f}});
  // Along the first axis, by hand: Keras' source takes axis 0 for -1.
  CHECK(utils::normalize({{3.0, 0.0}, {4.0, 0.0}}, 0) == Array{{0.6, 0.0}, {0.8, 0.0}});
}

TEST_CASE("An axis that is not there and a norm that is none are refused", "[data][preparation]") {
  CHECK_THROWS_WITH(utils::normalize({1, 2}, 1),
                    "`axis` of `normalize` must be one of the 1 of `x`, in [-1, 1). Received: axis=1.");
  CHECK_THROWS_WITH(utils::normalize({1, 2}, 0, 0),
                    "`order` of `normalize` must be above 0. Received: order=0.");
}

TEST_CASE("Sequences of different lengths become one array", "[data][preparation]") {
  const std::vector<std::vector<int>> sequences{{1}, {2, 3}, {4, 5, 6}};

  CHECK(utils::pad_sequences(sequences) == Array{{0, 0, 1}, {0, 2, 3}, {4, 5, 6}});
  CHECK(utils::pad_sequences({{1}, {2, 3}, {4, 5, 6}}) == utils::pad_sequences(sequences));
  CHECK(utils::pad_sequences(sequences, {.maxlen = 2}) == Array{{0, 1}, {2, 3}, {5, 6}});
  CHECK(utils::pad_sequences(sequences, {.maxlen = 2, .padding = "post", .truncating = "post", .value = -1}) ==
        Array{{1, -1}, {2, 3}, {4, 5}});
  CHECK(utils::pad_sequences(std::vector<std::vector<std::vector<double>>>{{{1.5, 2}}, {}},
                             {.maxlen = 2, .dtype = "float32", .value = 0.5}) ==
        Array{{{0.5f, 0.5f}, {1.5f, 2.0f}}, {{0.5f, 0.5f}, {0.5f, 0.5f}}});
}

TEST_CASE("Sequences that do not fit are refused", "[data][preparation]") {
  const std::vector<std::vector<double>> fractions{{1.0}, {0.5, 2.0}};

  CHECK_THROWS_WITH(utils::pad_sequences(std::vector<Array>{}),
                    "`pad_sequences` expects at least one sequence. Received: none.");
  CHECK_THROWS_WITH(utils::pad_sequences(fractions),
                    "`pad_sequences` makes arrays of int32, which can not hold the sequence at index 1. Pass "
                    "`.dtype = \"float32\"` for fractions, or \"int64\" for large numbers.");
  CHECK_THROWS_WITH(utils::pad_sequences(fractions, {.dtype = "int64", .value = 0.25}),
                    "`pad_sequences` makes arrays of int64, which can not hold value=0.25. Pass `.dtype = "
                    "\"float32\"` for fractions, or \"int64\" for large numbers.");
  CHECK_THROWS_WITH(utils::pad_sequences(fractions, {.padding = "left"}),
                    "`padding` of `pad_sequences` expects \"pre\" or \"post\". Received: \"left\".");
  CHECK_THROWS_WITH(utils::pad_sequences(fractions, {.maxlen = 0}),
                    "`maxlen` of `pad_sequences` must be 1 or more. Received: maxlen=0.");
  CHECK_THROWS_WITH(utils::pad_sequences(std::vector<Array>{{{1, 2}}, {{1}}}),
                    "`pad_sequences` expects elements of the same shape in all sequences, (2,) as in the "
                    "first. Received: (1,), in the sequence at index 1.");
}
