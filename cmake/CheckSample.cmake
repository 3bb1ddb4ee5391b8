# Runs a lesson and compares what it prints with what its last comment, after "// Prints:", promises, line by line.
# "..." in a promised line stands for anything, and a line of "..." alone for any number of lines. Arguments behind the program's name are in ARGUMENTS.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE printed RESULT_VARIABLE result
                OUTPUT_STRIP_TRAILING_WHITESPACE)
if(result EQUAL 77)
  message("SKIPPED: ${printed}")
  return()
endif()
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}. It printed:\n${printed}")
endif()

file(READ ${SOURCE} source)
string(FIND "${source}" "// Prints:\n" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${SOURCE} does not say what it prints: end it with a comment \"// Prints:\".")
endif()
math(EXPR place "${place} + 11")
string(SUBSTRING "${source}" ${place} -1 promised)
string(REGEX REPLACE "(^|\n)// ?" "\\1" promised "${promised}")
string(STRIP "${promised}" promised)
string(REGEX REPLACE "([][+.*()^$?|\\\\{}])" "\\\\\\1" pattern "${promised}")
string(REPLACE "\n\\.\\.\\.\n" "\n.*\n" pattern "${pattern}")
string(REPLACE "\\.\\.\\." "[^\n]*" pattern "${pattern}")
if(NOT printed MATCHES "^${pattern}$")
  message(FATAL_ERROR "${SOURCE} promises\n${promised}\n\nbut printed\n${printed}")
endif()
