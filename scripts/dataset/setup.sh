#!/bin/sh
# Installs what the generator needs: the allowed fonts and Debian's Python modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages=$(grep -v '^#' "$here/fonts-train.txt" | cut -d'|' -f3 | tr ' ' '\n' | grep . | sort -u)
# shellcheck disable=SC2086 -- a list of words on purpose
lacking=$("$here/../install" \
  fontconfig python3-numpy python3-opencv python3-freetype $packages) || {
  echo "setup: training data can't be made without" $lacking >&2
  exit 1
}
fc-cache -f
"$here/../python" dataset.fonts --check
