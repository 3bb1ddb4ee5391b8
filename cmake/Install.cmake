# `cmake --install`, then find_package(keraslike).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/keraslike)

install(TARGETS keraslike EXPORT keraslike FILE_SET HEADERS)
if(KERASLIKE_BUILD_PROGRAM)
  install(TARGETS keraslike_program)
endif()
install(EXPORT keraslike NAMESPACE keraslike:: FILE keraslikeTargets.cmake DESTINATION ${config_dir})

configure_package_config_file(cmake/keraslikeConfig.cmake.in keraslikeConfig.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(keraslikeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/keraslikeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/keraslikeConfigVersion.cmake
              cmake/FindLibFarmHash.cmake cmake/FindLibHDF5.cmake cmake/FindLibHighwayHash.cmake
              cmake/FindLibTorch.cmake cmake/FindLibZip.cmake
        DESTINATION ${config_dir})
