#!/bin/sh
# A night at the office, rehearsed from the command line. Run it with
#   npx localyun exec --clock virtual --start-at 2026-03-02T12:00:00Z --seed examples/shell/fleet.yaml -- sh examples/shell/night.sh
set -eu
here=$(dirname "$0")

npx localyun fault add --action StopInstances --throttle 200 --times 2   # two calls are told to slow down
node "$here/stop-dev.mjs"                                                 # the script under rehearsal
npx localyun clock advance 5m
npx localyun instances                                                    # one guest ignores the shutdown
npx localyun clock until idle                                             # its power is cut after ten minutes
npx localyun state export > night.json                                    # kept for tomorrow
npx localyun clock advance 11h
npx localyun cost --by tag                                                # what the night has saved
npx localyun fault list
