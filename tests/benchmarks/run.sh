#!/bin/bash
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/setup.sh

with_keras=
arguments=()
build_dir=

show_help() {
  echo "Usage: tests/benchmarks/run.sh [options] [--rounds N] [part of a case's name]..."
  echo "Builds the benchmarks and prints a table of ratios; the figures are in benchmarks.json in the build folder:"
  echo "build-benchmarks, or build-benchmarks-libtorch where another LibTorch is asked for."
  echo
  common_help
  cat <<'HELP'
  --keras           Keras runs the same on JAX, TensorFlow and torch, with the Python in KERASLIKE_KERAS_PYTHON, or in
                    a virtual environment that is made in the build folder (some 3 GB)
HELP
}

own_option() {
  case $1 in
    --keras) with_keras=yes ;;
    *) arguments+=("$1") ;;
  esac
}

# The wheel goes below the build folder, which must be known before it is installed.
for option in "$@"; do
  case $option in --prefix | --wheel) build_dir=$source_dir/build-benchmarks-libtorch ;; esac
done
build_dir=${build_dir:-$source_dir/build-benchmarks}

parse_options "$@"
prepare
configure -DKERASLIKE_BENCHMARKS=ON -DKERASLIKE_BUILD_TESTS=OFF -DKERASLIKE_BUILD_SAMPLES=OFF \
  -DKERASLIKE_BUILD_PROGRAM=OFF > /dev/null
build --target keraslike_benchmarks > "$build_dir"/build.log || { tail -40 "$build_dir"/build.log >&2; exit 1; }
"$build_dir"/tests/benchmarks/keraslike_benchmarks --json "$build_dir"/benchmarks.json "${arguments[@]}"
[ "$with_keras" ] || exit 0

python=${KERASLIKE_KERAS_PYTHON:-$build_dir/venv/bin/python}
if [ ! -x "$python" ]; then in_venv keras==3.15.1 tensorflow-cpu==2.21.0 jax torch==2.13.0; fi
files=()
for backend in jax tensorflow torch; do
  if ! "$python" -c "import $backend" 2> /dev/null; then
    echo "no Keras on $backend: $python has no module $backend"
    continue
  fi
  CUDA_VISIBLE_DEVICES='' KERAS_BACKEND=$backend "$python" tests/benchmarks/keras_columns.py "${arguments[@]}" \
      2> "$build_dir"/keras_$backend.log > "$build_dir"/keras_$backend.json
  files+=("$build_dir"/keras_$backend.json)
done
"$python" tests/benchmarks/join_keras.py "$build_dir"/benchmarks.json "${files[@]}"
