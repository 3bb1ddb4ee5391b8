#!/bin/sh
# Builds the benchmarks in build-benchmarks and prints a table of ratios; the figures are in benchmarks.json there.
# Usage: ./tests/benchmarks/run.sh [--rounds N] [part of a case's name]...
set -e
cd "$(dirname "$0")/../.."
cmake -S . -B build-benchmarks -DCMAKE_BUILD_TYPE=Release -DKERASLIKE_BENCHMARKS=ON -DKERASLIKE_BUILD_TESTS=OFF \
      -DKERASLIKE_BUILD_SAMPLES=OFF -DKERASLIKE_BUILD_PROGRAM=OFF >/dev/null
cmake --build build-benchmarks --target keraslike_benchmarks >/dev/null
exec build-benchmarks/tests/benchmarks/keraslike_benchmarks --json build-benchmarks/benchmarks.json "$@"
