#!/usr/bin/env bash
# Every test that CTest knows has a time limit and the label of its room, and the label root if it needs root. A test
# that does not end fails at its limit, and the summary (test/tools/summary) names it.
#   limits.sh CHECKOUT BUILD-DIRECTORY
set -euo pipefail
cd "$1"
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else failed=1; echo "FAILED: $what"; fi
}

# Prints a line for each fault in the output of `ctest --show-only=json-v1`. The room of a test is the folder of test/
# from which its program is built, or in which its script is.
faults() {
  jq -r --arg rooms "$PWD/test/" '
    def value($name): [.properties // [] | .[] | select(.name == $name) | .value][0];
    ["confinement", "system", "attacks", "browser", "container"] as $root
    | ["TIMEOUT", "COST", "LABELS", "WORKING_DIRECTORY", "ENVIRONMENT", "RUN_SERIAL", "RESOURCE_LOCK", "FIXTURES_SETUP",
       "FIXTURES_REQUIRED", "DEPENDS", "SKIP_REGULAR_EXPRESSION", "REQUIRED_FILES", "PROCESSORS",
       "PASS_REGULAR_EXPRESSION"] as $known
    | .tests[]
    | . as $test
    | ((.command // [""])[0]) as $program
    | (if $program | startswith($rooms) then $program | ltrimstr($rooms) | split("/")[0]
       else ([$program | capture("/(?<room>[a-z0-9]+)_test$|/(?<tool>simulation|fuzz_site|long_run)$") | .room // .tool][0]) end) as $room
    | (value("LABELS") // []) as $labels
    | (if ((value("TIMEOUT") // 0) | (. <= 0 or . > 900)) then "no time limit of 900 s or less" else empty end),
      (if $room == null then "no room: \($program)" else empty end),
      (if $room != null and ($labels | index($room)) == null then "no label \($room)" else empty end),
      (if ($root | index($room)) != null and ($labels | index("root")) == null then "no label root" else empty end),
      (.properties // [] | .[].name as $name | select(($known | index($name)) == null) | "a property \($name)")
    | "\($test.name): \(.)"' "$1"
}

ctest --test-dir "$build" --show-only=json-v1 >"$work/all.json"
number=$(jq '.tests | length' "$work/all.json")
expect "CTest knows tests ($number)" test "$number" -gt 100
found=$(faults "$work/all.json")
[ -z "$found" ] || echo "$found"
expect "each has its limit and its labels" test -z "$found"

# It finds what is missing in these tests. One of them has its labels in the form that an old mistake produced.
sed "s|ROOMS|$PWD/test|" >"$work/wrong.json" <<'JSON'
{"tests": [
  {"name": "right", "command": ["/b/system_test"],
   "properties": [{"name": "TIMEOUT", "value": 120.0}, {"name": "LABELS", "value": ["system", "root"]}]},
  {"name": "endless", "command": ["/b/http_test"], "properties": [{"name": "LABELS", "value": ["http"]}]},
  {"name": "swallowed", "command": ["/b/confinement_test"],
   "properties": [{"name": "LABELS", "value": ["confinement"]}, {"name": "root", "value": "TIMEOUT"}]},
  {"name": "elsewhere", "command": ["ROOMS/browser/run"],
   "properties": [{"name": "TIMEOUT", "value": 9}, {"name": "LABELS", "value": ["root"]}]},
  {"name": "bare", "command": ["/b/http_test"]},
  {"name": "homeless", "command": ["/bin/true"], "properties": [{"name": "TIMEOUT", "value": 9}]},
  {"name": "not built"}]}
JSON
expect "what is wrong is found" diff <(faults "$work/wrong.json") - <<'FAULTS'
endless: no time limit of 900 s or less
swallowed: no time limit of 900 s or less
swallowed: no label root
swallowed: a property root
elsewhere: no label browser
bare: no time limit of 900 s or less
bare: no label http
homeless: no room: /bin/true
not built: no time limit of 900 s or less
not built: no room: 
FAULTS

# CTest runs a few tests, one of which does not end.
cat >"$work/CTestTestfile.cmake" <<'TESTS'
add_test(quick true)
add_test(failing false)
add_test(endless sleep 1000)
set_tests_properties(endless PROPERTIES TIMEOUT 2)
add_test("with <signs> & more" true)
TESTS
for i in $(seq 10); do echo "add_test(more$i true)" >>"$work/CTestTestfile.cmake"; done
status=0
ctest --test-dir "$work" --output-junit "$work/report.xml" >/dev/null 2>&1 || status=$?
summary=0
test/tools/summary "$work/report.xml" "$status" >"$work/summary" || summary=$?
cat "$work/summary"
expect "CTest fails when a test does not end" test "$status" != 0 -a "$summary" = 1
expect "it is the longest" grep -qE '^ +[0-9]+\.[0-9] s  endless$' <(sed -n 2p "$work/summary")
expect "ten are named" test "$(grep -cE '^ +[0-9]+\.[0-9] s  ' "$work/summary")" = 10
expect "the failed ones are named" grep -qE '^test: failed: failing \([0-9]+ s\), endless \([0-9]+ s\)$' "$work/summary"
expect "the last line counts" test "$(tail -n 1 "$work/summary")" = "12 passed, 2 failed"
status=0
ctest --test-dir "$work" -R 'quick|more' --output-junit "$work/report.xml" >/dev/null 2>&1 || status=$?
expect "the summary of tests without a failure succeeds" test/tools/summary "$work/report.xml" "$status"
exit "$failed"
