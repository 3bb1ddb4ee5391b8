#include <keraslike/keraslike.h>

int main() { return keraslike::Shape({2, 3}).count() == 6 ? 0 : 1; }
