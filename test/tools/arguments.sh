#!/usr/bin/env bash
# A tool that gets a wrong argument writes one line and exits with 2, before it installs or builds anything.
set -euo pipefail
cd "$1"
failed=0
refused() {
  local status=0 output
  output=$("$@" 2>&1 </dev/null) || status=$?
  if [ "$status" = 2 ] && [ "$(wc -l <<<"$output")" = 1 ]; then
    echo "ok: $*: $output"
  else
    failed=1
    echo "FAILED: $*: exit $status, output: $output"
  fi
}
refused tools/install-deps everything
refused tools/build fastest
refused tools/test --preset
refused tools/check --fix
refused tools/run --role=bank
refused tools/trace-role
refused tools/trace-role bank soon
exit "$failed"
