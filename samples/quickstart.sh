#!/bin/bash
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/setup.sh

show_help() {
  echo "Usage: samples/quickstart.sh [options]"
  echo "Installs what is missing, builds keraslike and runs the quick start (samples/01_quick_start.cpp)."
  echo
  common_help
}
own_option() { return 1; }

parse_options "$@"
prepare
configure -DKERASLIKE_BUILD_TESTS=OFF
build --target sample_01_quick_start
announce "samples/01_quick_start.cpp"
"$build_dir/samples/sample_01_quick_start"
