#pragma once

#include <functional>
#include <string>

namespace keraslike {

// Receives what the library warns of; by default a line on stderr that begins with "Warning: ". Returns the handler
// that was set before. An empty function silences warnings.
using WarningHandler = std::function<void(const std::string&)>;
WarningHandler set_warning_handler(WarningHandler handler);

namespace utils {
void warn(const std::string& message);
}  // namespace utils

}  // namespace keraslike
