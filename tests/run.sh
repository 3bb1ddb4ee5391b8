#!/bin/bash
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/setup.sh

slow=ON
sanitizers=

show_help() {
  echo "Usage: tests/run.sh [options] [-- options of ctest]"
  echo "Installs what is missing, builds keraslike and runs its tests. For example: tests/run.sh -- -R losses"
  echo
  common_help
  cat <<'HELP'
  --quick           without the tests that take minutes: every header alone, programs that use keraslike
  --sanitize        with AddressSanitizer and UndefinedBehaviorSanitizer
HELP
}

own_option() {
  case $1 in
    --quick) slow=OFF ;;
    --sanitize) sanitizers=-fsanitize=address,undefined ;;
    *) return 1 ;;
  esac
}

parse_options "$@"
prepare catch2 librapidcheck-dev ccache
# Instrumented, GCC 12 warns falsely of std::regex and fmt.
if [ "$sanitizers" ]; then cmake_options+=(-DKERASLIKE_WARNINGS_AS_ERRORS=OFF); fi
configure -DKERASLIKE_BUILD_TESTS=ON -DKERASLIKE_BUILD_SAMPLES=ON -DKERASLIKE_SLOW_TESTS="$slow" \
  -DKERASLIKE_SANITIZE="$sanitizers"
build
announce "Testing"
# LibTorch keeps what it makes at its start until its end.
if [ "$sanitizers" ]; then export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}; fi
"$ctest" --test-dir "$build_dir" --output-on-failure --parallel "$jobs" "${extra[@]}"
