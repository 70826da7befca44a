#!/bin/sh
@about@
set -eu
cd -- "$(dirname -- "$0")"
@stages@
