add_library(keraslike_warnings INTERFACE)
target_compile_options(keraslike_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
