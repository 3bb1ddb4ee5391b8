#include "keraslike/utils/naming.h"

#include "support/catch.h"

using keraslike::utils::to_snake_case;

// Names that Keras 3.15.1 gives (keras/src/utils/naming.py).
TEST_CASE("Automatic names are Keras' own", "[utils]") {
  REQUIRE(to_snake_case("Dense") == "dense");
  REQUIRE(to_snake_case("MaxPooling2D") == "max_pooling2d");
  REQUIRE(to_snake_case("Conv2DTranspose") == "conv2d_transpose");
  REQUIRE(to_snake_case("PReLU") == "p_re_lu");
  REQUIRE(to_snake_case("LeakyReLU") == "leaky_re_lu");
  REQUIRE(to_snake_case("RMSprop") == "rm_sprop");
  REQUIRE(to_snake_case("LSTM") == "lstm");
  REQUIRE(to_snake_case("AdamW") == "adam_w");
  REQUIRE(to_snake_case("BinaryIoU") == "binary_io_u");
  REQUIRE(to_snake_case("R2Score") == "r2_score");
  REQUIRE(to_snake_case("SimpleRNN") == "simple_rnn");
}
