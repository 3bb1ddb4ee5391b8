#pragma once

#include <string>
#include <string_view>

namespace keraslike::utils {

// Keras' automatic names: "MaxPooling2D" -> "max_pooling2d".
std::string to_snake_case(std::string_view class_name);

// ASCII letters to small ones.
std::string to_lower(std::string_view text);

// "dense", then "dense_1", "dense_2", ...: one counter per class for the whole program.
std::string unique_name(std::string_view class_name);

// Starts the counters again; part of `clear_session()`.
void reset_unique_names();

}  // namespace keraslike::utils
