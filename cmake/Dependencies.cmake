find_package(Torch REQUIRED)
find_package(fmt REQUIRED)
find_package(range-v3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)

add_library(keraslike_torch INTERFACE)
target_include_directories(keraslike_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(keraslike_torch INTERFACE ${TORCH_LIBRARIES})
