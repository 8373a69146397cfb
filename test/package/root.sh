# What run and suite share: root file systems of a suite, made by mmdebstrap, and commands in them. To be sourced. It uses the
# caller's variables: source_dir; suite (bookworm or trixie); work, a scratch folder, in which `log` is the output of the
# last long command.
# shellcheck shell=bash disable=SC2154

give_up() {
  echo "FAILED: $1"
  if [ -e "$work/log" ]; then tail -n 40 "$work/log"; fi
  exit 1
}
# The machine's own sources of Debian, for the suite $1, in the file $2.
sources() {
  local list
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
    if grep -qsE '(bookworm|trixie)-(security|updates)' "$list"; then sed -E "s/\b(bookworm|trixie)\b/$1/g" "$list"; echo; fi
  done >"$2"
  [ -s "$2" ] || give_up "the machine has sources of Debian"
}
bare() { # bare DIRECTORY PACKAGES [OPTION...]: a root file system of the suite; options of mmdebstrap
  local options=("${@:3}")
  sources "$suite" "$work/sources"
  if grep -q 'https:' "$work/sources"; then options+=(--include=ca-certificates); fi
  if [ -d /etc/apt/mirrors ]; then options+=(--setup-hook='copy-in /etc/apt/mirrors /etc/apt'); fi
  mmdebstrap --quiet --variant=minbase --include="$2" "${options[@]}" "$suite" "$1" "$work/sources" >"$work/log" 2>&1 ||
    give_up "mmdebstrap makes a root file system of $suite from the machine's package sources"
}
# systemd-nspawn's own filter refuses Landlock, without which zoobar does not start. A machine has no such filter.
nspawn=(env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_SECCOMP=0 systemd-nspawn --quiet --register=no --keep-unit --directory)
# In a root file system in which no init runs, with the machine's network.
in_root() {
  local directory=$1
  shift
  "${nspawn[@]}" "$directory" --pipe --setenv=DEBIAN_FRONTEND=noninteractive --setenv=LC_ALL=C.UTF-8 "$@" </dev/null
}
# Copies the checkout, with changes that are not committed and without what git ignores, into the directory $1.
copy_tree() {
  mkdir -p "$1"
  (cd "$source_dir" && git ls-files -z --cached --others --exclude-standard | tar --null --no-recursion -cf - -T -) |
    tar -xf - -C "$1"
}
