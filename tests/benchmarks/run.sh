#!/bin/sh
# Builds the benchmarks in build-benchmarks and prints a table of ratios; the figures are in benchmarks.json there.
# Usage: ./tests/benchmarks/run.sh [--keras] [--rounds N] [part of a case's name]...
# With --keras, as the first argument, Keras runs the same on JAX, TensorFlow and torch, in a virtual environment that
# is made in the build folder (some 3 GB).
set -e
cd "$(dirname "$0")/../.."
with_keras=no
if [ "$1" = --keras ]; then
  with_keras=yes
  shift
fi
out=build-benchmarks
cmake -S . -B $out -DCMAKE_BUILD_TYPE=Release -DKERASLIKE_BENCHMARKS=ON -DKERASLIKE_BUILD_TESTS=OFF \
      -DKERASLIKE_BUILD_SAMPLES=OFF -DKERASLIKE_BUILD_PROGRAM=OFF >/dev/null
cmake --build $out --target keraslike_benchmarks >/dev/null
$out/tests/benchmarks/keraslike_benchmarks --json $out/benchmarks.json "$@"
[ $with_keras = yes ] || exit 0

python=${KERASLIKE_KERAS_PYTHON:-$out/keras/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv $out/keras
  $out/keras/bin/pip install --quiet keras==3.15.1 tensorflow-cpu==2.21.0 jax \
      torch==2.13.0
fi
files=
for backend in jax tensorflow torch; do
  "$python" -c "import $backend" 2>/dev/null || continue
  KERAS_BACKEND=$backend "$python" tests/benchmarks/keras_columns.py >$out/keras_$backend.json 2>/dev/null
  files="$files $out/keras_$backend.json"
done
"$python" tests/benchmarks/join_keras.py $out/benchmarks.json $files
