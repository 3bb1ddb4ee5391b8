#!/bin/bash
# Writes models, and lets Keras itself open them, train them and compare; then the other way, in settings that no stored
# case has. Arguments: a build folder of tests/run.sh, and
# optionally a Python that has torch and keras; by default one is installed below the build folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/setup.sh

build_dir=$(realpath "${1:?the folder of a build with tests}")
python=${2-}
if [ -z "$python" ]; then
  python=$build_dir/venv/bin/python
  if ! "$python" -c 'import keras, torch' 2> /dev/null; then
    in_venv torch==2.13.0
    in_venv keras==3.15.1
  fi
fi

models=$build_dir/oracle_models
rm -rf "$models"
"$build_dir/tests/write_models" "$models" tests/parity
"$python" tests/oracle/check.py "$models"
for asked in settings random_models; do
  rm -rf "$build_dir/oracle_asked"
  "$python" "tests/oracle/$asked.py" "$build_dir/keraslike/keraslike" "$build_dir/oracle_asked"
done
# One process that answers all questions. --count and --seed draw others; keras_own.py needs more packages.
if [ "${KERASLIKE_ORACLE_DRAWS-}" ]; then
  rm -rf "$build_dir/oracle_drawn"
  for drawn in "random_layers --count 1" "random_training --count 30" "random_graphs --count 20" tutorial_models; do
    read -r script options <<< "$drawn"
    # shellcheck disable=SC2086
    "$python" "tests/oracle/$script.py" "$build_dir/tests/answer" "$build_dir/oracle_drawn/$script" $options
  done
fi
rm -rf "$build_dir/oracle_asked" "$build_dir/oracle_drawn"  # models of hundreds of megabytes
