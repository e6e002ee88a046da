#!/bin/sh
# Installs what the generator needs: the allowed fonts and Debian's Python modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages=$(grep -v '^#' "$here/fonts-train.txt" | cut -d'|' -f3 | tr ' ' '\n' | grep . | sort -u)
run=
[ "$(id -u)" = 0 ] || run=sudo
$run apt-get update -qq
# shellcheck disable=SC2086 -- a list of words on purpose
$run apt-get install -y --no-install-recommends \
  fontconfig python3-numpy python3-opencv python3-freetype $packages
fc-cache -f
/usr/bin/python3 "$here/fonts.py" --check
