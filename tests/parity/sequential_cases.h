#pragma once

#include <functional>
#include <map>
#include <string>

#include "keraslike/keraslike.h"

namespace parity {

// The Sequential models of cases.py, compiled as there, by the name of their case. Each is what the case's model.keras
// holds, written in C++.
std::map<std::string, std::function<keraslike::Sequential()>> sequential_cases();

}  // namespace parity
