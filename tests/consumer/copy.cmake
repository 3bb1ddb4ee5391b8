# Times of files are kept: a second run builds only what changed.
file(COPY ${SOURCE_DIR}/CMakeLists.txt ${SOURCE_DIR}/cmake ${SOURCE_DIR}/keraslike DESTINATION ${COPY})
