#!/bin/bash
# Builds the benchmarks in build-benchmarks and prints a table of ratios; the figures are in benchmarks.json there.
# Usage: ./tests/benchmarks/run.sh [--keras] [--rounds N] [part of a case's name]...
# With --keras, as the first argument, Keras runs the same on JAX, TensorFlow and torch, with the Python in
# KERASLIKE_KERAS_PYTHON, or in a virtual environment that is made in the build folder (some 3 GB).
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/setup.sh

with_keras=
if [ "${1-}" = --keras ]; then
  with_keras=yes
  shift
fi
build_dir=build-benchmarks
cmake -S . -B $build_dir -DCMAKE_BUILD_TYPE=Release -DKERASLIKE_BENCHMARKS=ON -DKERASLIKE_BUILD_TESTS=OFF \
      -DKERASLIKE_BUILD_SAMPLES=OFF -DKERASLIKE_BUILD_PROGRAM=OFF > /dev/null
cmake --build $build_dir --parallel "$(nproc)" --target keraslike_benchmarks > /dev/null
$build_dir/tests/benchmarks/keraslike_benchmarks --json $build_dir/benchmarks.json "$@"
[ "$with_keras" ] || exit 0

python=${KERASLIKE_KERAS_PYTHON:-$build_dir/venv/bin/python}
if [ ! -x "$python" ]; then in_venv keras==3.15.1 tensorflow-cpu==2.21.0 jax torch==2.13.0; fi
files=
for backend in jax tensorflow torch; do
  if ! "$python" -c "import $backend" 2> /dev/null; then
    echo "no Keras on $backend: $python has no module $backend"
    continue
  fi
  KERAS_BACKEND=$backend "$python" tests/benchmarks/keras_columns.py 2> $build_dir/keras_$backend.log \
      > $build_dir/keras_$backend.json
  files="$files $build_dir/keras_$backend.json"
done
"$python" tests/benchmarks/join_keras.py $build_dir/benchmarks.json $files
