#!/bin/sh
# The first run, as it was traced; what is not in the environment must have been put there.
. "$(dirname -- "$0")/functions.sh"
cd -- @folder@ || exit 125
@command@ "$@"
