#!/usr/bin/env bash
# The editor of profiles is made from the same bytes each time, and a checkout without CodeMirror can be built.
set -euo pipefail
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
claim() { # claim WORDS COMMAND...
  if "${@:2}"; then echo "ok: $1"; else failed=1; echo "FAILED: $1"; fi
}

# shellcheck disable=SC2016  # CMake would expand it, and must not
printf 'a;b "c" ${d} \\n [e]\n' >"$work/first.js"
# shellcheck disable=SC2317  # claim calls it
lacks() { ! grep -q "$1" "$2"; }
printf '/* ü */\n' >"$work/second.js"
for name in one.js two.js; do
  cmake -DOUTPUT="$work/$name" "-DPARTS=$work/first.js;$work/second.js" -P "$source/web/compile_editor.cmake"
done
claim "the same parts give the same bytes" cmp "$work/one.js" "$work/two.js"
claim "parts are joined as they are" cmp "$work/one.js" <(cat "$work/first.js" <(echo) "$work/second.js" <(echo))

hash_of() { # hash_of EDITOR: what the program gets to know of this script
  cmake -DOUTPUT="$work/compiled.cc" "-DTEMPLATES=$source/web/templates/home.tpl" "-DEXAMPLES=" \
    -DSTYLE="$source/web/templates/console.css" "-DSCRIPTS=$work/first.js${1:+;$1}" -DEDITOR="$1" \
    -DFORM="$source/web/profile_form.html" -P "$source/web/compile_templates.cmake"
  sed -n 's/^    {"editor", "\(.*\)"},$/\1/p' "$work/compiled.cc"
}
cp "$work/one.js" "$work/editor.js"
claim "the program knows the hash of its editor" test "$(hash_of "$work/editor.js")" = "$(sha512sum "$work/one.js" | cut -d' ' -f1)"
claim "without an editor the hash is empty" test -z "$(hash_of "")"

for codemirror in OFF "$work/nothing-here"; do
  cmake -S "$source" -B "$work/build" -G Ninja -DZOOBAR_TESTS=OFF -DZOOBAR_CODEMIRROR="$codemirror" >"$work/log"
  claim "a build with $codemirror as CodeMirror makes no editor" lacks "media/editor.js" "$work/build/build.ninja"
  claim "but the templates" grep -q '^build generated/compiled_templates.cc' "$work/build/build.ninja"
done
exit "$failed"
