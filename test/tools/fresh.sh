#!/usr/bin/env bash
# `tools/run --fresh` removes a state directory of zoobar that no process uses, and nothing else. Needs root.
set -euo pipefail
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
left_alone() { # left_alone WHAT DIRECTORY TEXT: tools/run ends with TEXT before it builds anything, and the directory is still there
  local status=0 output
  output=$(tools/run --fresh --state-dir="$2" 2>&1 </dev/null) || status=$?
  if [ "$status" = 1 ] && [ "$(wc -l <<<"$output")" = 1 ] && [[ $output == *"$3"* ]] && [ -e "$2/precious" ]; then
    echo "ok: $1: $output"
  else
    failed=1
    echo "FAILED: $1: exit $status, output: $output"
  fi
}
mkdir "$work/foreign" "$work/own"
touch "$work/foreign/precious" "$work/own/precious" "$work/own/lock"
ln -s own "$work/link"
left_alone "a foreign directory" "$work/foreign" "not a state directory"
left_alone "a link to one of zoobar's" "$work/link" "not a state directory"
# Takes a record lock, as a master does, and holds it until this test ends.
coproc python3 -c '
import fcntl, sys
lock = open(sys.argv[1], "r+")
fcntl.lockf(lock, fcntl.LOCK_EX, 1)
print("held", flush=True)
sys.stdin.read()' "$work/own/lock"
read -r _ <&"${COPROC[0]}"
left_alone "one that a master holds" "$work/own" "already running"
exit "$failed"
