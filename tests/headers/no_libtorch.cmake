# The preprocessed user's file names no LibTorch header: they would cost every user 10 seconds a file.
include(${CMAKE_CURRENT_LIST_DIR}/user_command.cmake)

set(preprocessed ${WORK_DIR}/user.ii)
string(REPLACE " -c " " -E " command "${command}")
execute_process(COMMAND bash -c "${command} -o '${preprocessed}'" COMMAND_ERROR_IS_FATAL ANY)

file(STRINGS ${preprocessed} lines REGEX "^# [0-9]+ \"[^<]")
list(TRANSFORM lines REPLACE "^# [0-9]+ \"([^\"]*)\".*" "\\1")
list(REMOVE_DUPLICATES lines)
list(LENGTH lines count)
if(NOT "${SOURCE_DIR}/keraslike/keraslike.h" IN_LIST lines)
  message(FATAL_ERROR "The preprocessed text does not name keraslike/keraslike.h among ${count} files.")
endif()

# LibTorch's folder may hold other libraries' headers, fmt for one.
list(TRANSFORM lines REPLACE "^${TORCH_INCLUDE_DIR}/" "")
list(FILTER lines INCLUDE REGEX "^(torch|ATen|c10|caffe2)/")
if(lines)
  list(JOIN lines "\n  " lines)
  message(FATAL_ERROR "keraslike/keraslike.h brings LibTorch headers:\n  ${lines}")
endif()
