#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace keraslike {

// Where the library prints: progress lines, messages of callbacks, summaries. An empty `write` keeps it silent.
struct Console {
  std::function<void(std::string_view)> write = {};  // prints the text as it is, at once
  bool is_terminal = false;                          // colours and backspaces are understood
};

// A console that writes to a C or C++ stream, which must outlive it. A C stream knows whether it is a terminal.
Console console_for(std::FILE* stream);
Console console_for(std::ostream& stream, bool is_terminal = false);

// Replaces the console, standard output by default, and returns the one before.
Console set_console(Console console);

namespace utils {

Console console();

// A line of text with its line break, on the current console.
void print_line(std::string_view text);

// Columns of the terminal: $COLUMNS, else what standard output says, else 80. Python's `shutil.get_terminal_size`.
int64_t terminal_columns();


}  // namespace utils
}  // namespace keraslike
