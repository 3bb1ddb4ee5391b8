# LibTorch's headers are most of what a source costs: they are read once for the library and once for the tests.
# -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON compiles each source alone, which finds includes that were forgotten.

# For the library's sources. Those with options of their own in their SOURCE property COMPILE_OPTIONS read it as text
# instead, so they are left out.
function(keraslike_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  # Without it ccache can not tell which precompiled header a source was compiled with.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_source_file_property(options ${source} COMPILE_OPTIONS)
    if(options)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()
