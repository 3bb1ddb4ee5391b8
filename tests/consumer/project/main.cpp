#include <iostream>

#include <keraslike/keraslike.h>

int main() {
  std::cout << keraslike::Shape({keraslike::none, 10}).to_string() << '\n';

  try {
    throw keraslike::ValueError("Dense expects `units` to be positive. Received: units={}.", -1);
  } catch (const std::invalid_argument& error) {
    std::cout << error.what() << '\n';
  }
}
