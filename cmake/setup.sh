# Sourced by samples/quickstart.sh and tests/run.sh: their common options, packages, LibTorch, and the configuration.
# Everything is checked before it is installed or downloaded, so that a second run needs neither time nor a network.

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=$source_dir/build
build_type=Release
prefix=
wheel=
jobs=
install=yes
compiler=
extra=()
cmake_options=()

common_help() {
  cat <<'HELP'
  --build-dir DIR   where to build (build)
  --build-type TYPE Release, Debug, RelWithDebInfo (Release)
  --prefix DIR      use the LibTorch in DIR: an unpacked LibTorch, or a Python wheel's `torch` folder
  --wheel [VERSION] use the LibTorch of the Python wheel `torch` (2.13.0), installed by pip below the build folder
  --compiler CXX    g++ 12 or clang++ 16, or newer
  --jobs N          processes at a time (one per processor, if each has 1 GB of memory)
  --no-install      install no packages; CMake names those that are missing
  -D...             passed to CMake
  --help            this text
HELP
}

fail() { echo "$0: $*" >&2; exit 1; }
announce() { echo "== $*"; }

# Takes the common options; the caller defines `own_option`, which returns 1 for what it does not know.
parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --build-dir) build_dir=$(realpath -m "${2:?--build-dir needs a folder}"); shift ;;
      --build-type) build_type=${2:?--build-type needs a name}; shift ;;
      --prefix) prefix=$(realpath "${2:?--prefix needs a folder}") || exit 1; shift ;;
      --wheel) wheel=2.13.0; case ${2-} in [0-9]*) wheel=$2; shift ;; esac ;;
      --compiler) compiler=${2:?--compiler needs a program}; shift ;;
      --jobs | -j) jobs=${2:?--jobs needs a number}; shift ;;
      --no-install) install= ;;
      -D?*) cmake_options+=("$1") ;;
      --help | -h) show_help; exit 0 ;;
      --) shift; extra=("$@"); return ;;
      *) own_option "$1" || fail "unknown option $1 (--help lists them)" ;;
    esac
    shift
  done
}

# A compilation with LibTorch's headers takes up to 1 GB.
count_jobs() {
  local processors gigabytes
  processors=$(nproc)
  gigabytes=$(awk '/MemAvailable/ {print int($2 / 1000000)}' /proc/meminfo)
  jobs=${jobs:-$((gigabytes < 1 ? 1 : gigabytes < processors ? gigabytes : processors))}
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else fail "installing packages needs root or sudo. As root, run: $*"
  fi
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q '^install ok installed'; }

# Packages, each only if it is missing. The lists are fetched once, and only if something is.
install_packages() {
  local package missing=()
  command -v apt-get > /dev/null && [ "$install" ] || return 0
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  announce "Installing ${missing[*]}"
  update_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

update_lists() {
  [ -z "${lists_updated-}" ] || return 0
  as_root apt-get update -q
  lists_updated=yes
}

# True if `$1 --version` is at least $2.
has_version() {
  local found
  found=$("$1" --version 2> /dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -1)
  [ "$found" ] && [ "$(printf '%s\n' "$2" "$found" | sort -V | head -1)" = "$2" ]
}

# pip installs nothing outside of this folder.
in_venv() {
  venv=$build_dir/venv
  if [ ! -x "$venv/bin/pip" ]; then
    install_packages python3 python3-venv
    python3 -m venv "$venv"
  fi
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" < /dev/null
}

choose_compiler() {
  compiler=${compiler:-${CXX-}}
  [ -z "$compiler" ] || return 0
  install_packages g++
  for compiler in c++ g++-12 g++-13 g++-14 clang++-16; do
    case $("$compiler" --version 2> /dev/null | head -1) in
      *clang*) has_version "$compiler" 16 && return ;;
      ?*) has_version "$compiler" 12 && return ;;
    esac
  done
  # The release's own compiler is too old, as on Ubuntu 22.04.
  install_packages g++-12
  compiler=g++-12
}

choose_cmake() {
  cmake=cmake
  install_packages cmake ninja-build
  if ! has_version cmake 3.25 && [ "$install" ]; then
    in_venv 'cmake>=3.25'
    cmake=$venv/bin/cmake
  fi
  ctest=$(dirname "$(command -v "$cmake")")/ctest
}

# Debian's package, or the Python wheel where the release has none.
choose_libtorch() {
  if [ "$prefix" ]; then return; fi
  if [ -z "$wheel" ]; then
    if ! command -v apt-get > /dev/null || [ -z "$install" ] || is_installed libtorch-dev; then return; fi
    update_lists
    case $(apt-cache policy libtorch-dev | awk '/Candidate:/ {print $2}') in
      1.13* | 2.*) install_packages libtorch-dev libopenblas0-pthread; return ;;
    esac
    wheel=2.13.0
  fi
  install_wheel
}

install_wheel() {
  prefix=$(echo "$build_dir"/venv/lib/python3*/site-packages/torch)
  if ! grep -qs "'$wheel[+']" "$prefix/version.py"; then
    announce "Installing the Python wheel torch $wheel below $build_dir (its LibTorch is used, Python is not)"
    # Alone it is enough, unless it was built for a GPU and wants that one's libraries.
    in_venv --no-deps "torch==$wheel"
    prefix=$(echo "$build_dir"/venv/lib/python3*/site-packages/torch)
    if ldd "$prefix/lib/libtorch.so" | grep -q 'not found'; then in_venv "torch==$wheel"; fi
  fi
}

# Arguments: further packages.
prepare() {
  [ "$(uname -s)" = Linux ] || fail "runs on Linux; elsewhere use CMake (see README.md)"
  count_jobs
  choose_compiler
  choose_cmake
  install_packages libcli11-dev libfmt-dev librange-v3-dev nlohmann-json3-dev zlib1g-dev libzip-dev libhdf5-dev \
    libfarmhash-dev libhighwayhash-dev "$@"
  choose_libtorch
  if is_installed libtorch-dev && [ -z "$prefix" ]; then install_packages libopenblas0-pthread; fi
}

# Arguments: further options for CMake. A LibTorch that an earlier run found is forgotten.
configure() {
  announce "Configuring in $build_dir"
  "$cmake" -S "$source_dir" -B "$build_dir" -G Ninja -U 'LibTorch_*' -DCMAKE_BUILD_TYPE="$build_type" \
    -DCMAKE_CXX_COMPILER="$compiler" ${prefix:+-DLibTorch_ROOT="$prefix"} "$@" "${cmake_options[@]}"
}

build() {
  announce "Building with $jobs processes"
  "$cmake" --build "$build_dir" --parallel "$jobs" "$@"
}
