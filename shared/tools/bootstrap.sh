#!/usr/bin/env bash
# Makes .venv from requirements.lock: every package and uv itself are checked against the hashes that we committed.
set -euo pipefail
cd "$(dirname "$0")/../.."

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

find_python() {
  for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3; do
    if command -v "$python" >/dev/null && usable "$python"; then
      command -v "$python"
      return
    fi
  done
  return 1
}

if ! python=$(find_python); then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing Debian's python3-venv"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy python3-venv
  fi
  python=$(find_python) || {
    echo "setup: no Python 3.10 or newer with venv and ensurepip. Install one, for example: apt-get install python3-venv" >&2
    exit 1
  }
fi

# PYTHONDONTWRITEBYTECODE would leave a test run to compile moto and botocore at every start.
unset PYTHONDONTWRITEBYTECODE
echo "setup: .venv with $("$python" --version), packages from requirements.lock"
uv=build/uv/bin/uv
if ! [ -x "$uv" ] || ! cmp -s shared/tools/uv.lock build/uv/uv.lock; then
  rm -rf build/uv
  "$python" -m venv build/uv
  build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r shared/tools/uv.lock
  cp shared/tools/uv.lock build/uv/
fi
"$uv" venv --quiet --clear --python "$python" .venv
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode requirements.lock
cp requirements.lock .venv/requirements.lock
