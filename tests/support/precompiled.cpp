// A precompiled header is made for a source: for this one. See tests/CMakeLists.txt.
