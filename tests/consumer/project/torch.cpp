#include <iostream>

#include <keraslike/torch.h>

int main() {
  auto tensor = at::ones({2, 3});
  std::cout << keraslike::Shape(tensor.sizes().vec()).to_string() << ' ' << tensor.sum().item<double>() << '\n';
}
