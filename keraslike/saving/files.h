#pragma once

// For sources.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "keraslike/saving/bytes.h"

namespace keraslike::saving {

// Throws FileError, with the system's reason, unless there is a file (or a pipe) at `path` that can be opened.
void check_readable(const std::string& path);

// The bytes of a file. Throws FileError as `check_readable` does, and for a file of more than `most_bytes`.
std::string read_file(const std::string& path, uint64_t most_bytes = uint64_t{1} << 40);

// The same without a copy: a regular file is mapped into memory. Whoever cuts it short meanwhile ends this program, as
// with any mapped file; who replaces it, as `write_file` does, changes nothing.
Bytes map_file(const std::string& path);

// Replaces the file, or the one that a link at `path` leads to, in one step: whoever reads it finds the old bytes or
// the new ones, even after a power failure. Its permissions stay. Throws FileError with the system's reason; then the
// old file is as it was.
void write_file(const std::string& path, std::string_view bytes);

// The same for those who write files themselves: `write` is called with the path of an empty file beside the other, and
// fills or replaces that one.
void replace_file(const std::string& path, const std::function<void(const std::string& part)>& write);

}  // namespace keraslike::saving
