#include "keraslike/utils/format.h"

#include <fmt/format.h>

namespace keraslike::utils {

std::string vformat(fmt::string_view text, fmt::format_args args) { return fmt::vformat(text, args); }

}  // namespace keraslike::utils
