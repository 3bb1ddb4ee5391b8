# What the user's file costs, in seconds of processor time: the least of five compilations, since whatever else runs on the
# machine only adds to it.
include(${CMAKE_CURRENT_LIST_DIR}/user_command.cmake)

unset(times)
foreach(run RANGE 1 5)
  execute_process(COMMAND bash -c "TIMEFORMAT=%U; time ${command} -o '${WORK_DIR}/user.o'"
                  ERROR_VARIABLE seconds COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "[0-9]+\\.[0-9]+" seconds "${seconds}")
  string(REPLACE "." "" milliseconds "${seconds}")
  list(APPEND times ${milliseconds})
endforeach()

list(SORT times COMPARE NATURAL)
list(GET times 0 least)
message(STATUS "Compiling #include <keraslike/keraslike.h> takes ${least} ms")
math(EXPR limit "${SECONDS} * 1000")
if(least GREATER limit)
  message(FATAL_ERROR "A user's `#include <keraslike/keraslike.h>` must compile in ${limit} ms. "
                      "Measured: ${times} ms. Look at what the public headers include.")
endif()
