# LibTorch's headers are most of what a source costs: they are read once for the library and once for the tests.
# -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON compiles each source alone, which finds includes that were forgotten.

# Headers in <> or beside the CMakeLists.txt, from the named packages. Sources that have compiler options of their own
# read them as text.
function(keraslike_precompile target packages)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    keraslike_describe_to_ccache(${target} "${packages}" ${ARGN})
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_source_file_property(options ${source} COMPILE_OPTIONS)
    if(options)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

# GCC tells ccache that a source was compiled with a precompiled header. What ccache takes for the header's content stands
# in a file beside it: the header itself has hundreds of megabytes, and other bytes in each clone.
function(keraslike_describe_to_ccache target packages)
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  set(content "GCC ${CMAKE_CXX_COMPILER_VERSION}\n")
  foreach(package IN LISTS packages)
    string(APPEND content "${package} ${${package}_VERSION}\n")
  endforeach()
  foreach(header IN LISTS ARGN)
    string(APPEND content "${header}\n")
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${header})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
      file(READ ${header} text)
      string(APPEND content "${text}\n")
    endif()
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum CONTENT "${content}")
endfunction()
