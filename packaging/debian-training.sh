#!/usr/bin/env bash
# What training takes from Debian: a code generator for the renderer, surfaces, prints and bystanders for its scenes, typefaces.
set -euo pipefail
packages="libllvm19 nexuiz-textures plasma-workspace-wallpapers gnome-backgrounds tuxpaint-stamps-default openclipart-png
 fonts-lato fonts-roboto-unhinted fonts-open-sans fonts-quicksand fonts-comfortaa fonts-liberation fonts-nanum"
command -v apt-get >/dev/null || { echo "no apt-get here: install the equivalents of: $packages" >&2; exit 1; }
run=""
[ "$(id -u)" = 0 ] || run="sudo"
$run apt-get update -qq
# shellcheck disable=SC2086 # a list of names
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $packages >/dev/null
