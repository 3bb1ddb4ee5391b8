# The median of three compilations of the user's file, in seconds of processor time.
include(${CMAKE_CURRENT_LIST_DIR}/user_command.cmake)

unset(times)
foreach(run RANGE 1 3)
  execute_process(COMMAND bash -c "TIMEFORMAT=%U; time ${command} -o '${WORK_DIR}/user.o'"
                  ERROR_VARIABLE seconds COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "[0-9]+\\.[0-9]+" seconds "${seconds}")
  string(REPLACE "." "" milliseconds "${seconds}")
  list(APPEND times ${milliseconds})
endforeach()

list(SORT times COMPARE NATURAL)
list(GET times 1 median)
message(STATUS "Compiling #include <keraslike/keraslike.h> takes ${median} ms")
math(EXPR limit "${SECONDS} * 1000")
if(median GREATER limit)
  message(FATAL_ERROR "A user's `#include <keraslike/keraslike.h>` must compile in ${limit} ms. Measured: ${median} ms "
                      "(${times}). Look at what the public headers include.")
endif()
