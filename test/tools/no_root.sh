#!/usr/bin/env bash
# A tool that needs root and does not have it says so in one line, exits with 2, and changes nothing.
set -euo pipefail
work=$(mktemp -d) # a copy that everybody can read: the checkout may be in a home directory
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp -r "$1/tools" "$work"
chmod -R a+rX "$work"
cd "$work"
failed=0
without_root() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}
for command in "tools/run" "tools/run --fresh" "tools/test" "tools/test a-name --preset=asan" "tools/install-deps" \
  "tools/install-deps test" "tools/trace-role bank"; do
  status=0
  # shellcheck disable=SC2086  # $command is split into words on purpose
  output=$(without_root bash $command 2>&1 </dev/null) || status=$?
  if [ "$status" = 2 ] && [ "$(wc -l <<<"$output")" = 1 ] && [[ $output == *"needs root"* && $output == *sudo* ]]; then
    echo "ok: $command: $output"
  else
    failed=1
    echo "FAILED: $command: exit $status, output: $output"
  fi
done
exit "$failed"
