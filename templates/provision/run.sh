#!/bin/sh
# The first run, as it was traced; what is not in the environment must have been put there.
cd -- @folder@ || exit 125
exec @command@ "$@"
