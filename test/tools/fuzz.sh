#!/usr/bin/env bash
# tools/fuzz refuses wrong arguments before it builds anything, and lists each target. Each target has its file and a
# small corpus, and no corpus and no dictionary is without a target.
#   fuzz.sh CHECKOUT
set -euo pipefail
export LC_ALL=C
cd "$1"
failed=0
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else failed=1; echo "FAILED: $what"; fi
}
refused() { # refused WHAT-IT-SAYS ARGUMENT...
  local said=$1 status=0 output
  shift
  output=$(tools/fuzz "$@" 2>&1 </dev/null) || status=$?
  if [ "$status" = 2 ] && [ "$(wc -l <<<"$output")" = 1 ] && [[ "$output" = *"$said"* ]]; then
    echo "ok: tools/fuzz $*: $output"
  else
    failed=1
    echo "FAILED: tools/fuzz $*: exit $status, output: $output"
  fi
}
refused "no target 'nothing'" nothing
refused "no target 'nothing'" nothing 10
refused "use: tools/fuzz" http_head
refused "use: tools/fuzz" --help
refused "'soon' is no number of seconds" http_head soon
refused "'0' is no number of seconds" http_head 0
refused "'-5' is no number of seconds" all -5
refused "use: tools/fuzz" all
refused "use: tools/fuzz" http_head 10 20
refused "use: tools/fuzz" replay http_head
refused "no target 'nothing'" replay nothing README.md
refused "no-such-file is no file" replay http_head no-such-file
refused "no-such-file is no file" minimize http_head no-such-file
refused "use: tools/fuzz" minimize http_head README.md LICENSE
refused "use: tools/fuzz" coverage
refused "no target 'nothing'" coverage http_head nothing
refused "no target 'nothing'" merge nothing

# The rule for what a target has. Prints a line for each fault in a folder like test/fuzz.
faults() { # faults FOLDER
  local name bytes files
  grep -oP '^zoobar_fuzz\(\K\w+' "$1/CMakeLists.txt" | sort >"$work/targets"
  while IFS= read -r name; do
    [ -f "$1/$name.cc" ] || { echo "$name: no file $name.cc"; continue; }
    [[ "$(head -n 1 "$1/$name.cc")" = '// '* ]] || echo "$name: its first line says nothing"
    [ -d "$1/corpus/$name" ] || { echo "$name: no corpus"; continue; }
    files=$(find "$1/corpus/$name" -type f | wc -l)
    bytes=$(find "$1/corpus/$name" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }')
    [ "$files" -ge 1 ] || echo "$name: no input"
    [ "$files" -le 40 ] || echo "$name: $files inputs, at most 40"
    [ "$bytes" -lt 60000 ] || echo "$name: $bytes bytes of inputs, less than 60000 are allowed"
  done <"$work/targets"
  for name in "$1"/corpus/*/; do
    grep -qx "$(basename "$name")" "$work/targets" || echo "corpus/$(basename "$name"): no target"
  done
  for name in "$1"/dictionaries/*; do
    grep -qx "$(basename "$name" .dict)" "$work/targets" && [[ "$name" = *.dict ]] ||
      echo "dictionaries/$(basename "$name"): no target"
  done
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=$(faults test/fuzz)
[ -z "$found" ] || echo "$found"
expect "each target has what belongs to it" test -z "$found"
expect "tools/fuzz lists the targets, with a sentence for each" \
  diff "$work/targets" <(tools/fuzz | grep -v '^fuzz: ' | awk 'NF > 2 { print $1 }')
sources=$(grep -l LLVMFuzzerTestOneInput test/fuzz/*.cc | sed 's|.*/||; s|[.]cc$||' | sort)
expect "each file with a fuzzer is a target" diff "$work/targets" - <<<"$sources"

# It finds what is missing.
wrong=$work/wrong
mkdir -p "$wrong"/corpus/{empty,good,many,large,stray} "$wrong/dictionaries"
printf 'zoobar_fuzz(%s LINK x)\n' good many large bare empty lost >"$wrong/CMakeLists.txt"
for name in good many large bare empty; do echo "// What it does." >"$wrong/$name.cc"; done
: >"$wrong/bare.cc"
echo x >"$wrong/corpus/good/one"
for i in $(seq 41); do echo x >"$wrong/corpus/many/$i"; done
head -c 60000 /dev/zero >"$wrong/corpus/large/one"
touch "$wrong/dictionaries/good.dict" "$wrong/dictionaries/stray.dict" "$wrong/dictionaries/good.txt"
expect "what is wrong is found" diff <(faults "$wrong") - <<'FAULTS'
bare: its first line says nothing
bare: no corpus
empty: no input
large: 60000 bytes of inputs, less than 60000 are allowed
lost: no file lost.cc
many: 41 inputs, at most 40
corpus/stray: no target
dictionaries/good.txt: no target
dictionaries/stray.dict: no target
FAULTS
exit "$failed"
