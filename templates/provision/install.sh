#!/bin/sh
@title@
set -eu
cd -- "$(dirname -- "$0")"
. ../functions.sh

@commands@
