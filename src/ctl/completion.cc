#include "ctl/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ctl/command_help.h"
#include "ctl/commands.h"

namespace zoobar {
namespace {

// The part that is the same for every table. bash breaks words at '=' too (COMP_WORDBREAKS), so "--config=FILE" is three
// words. It uses nothing of the package bash-completion.
constexpr std::string_view kFunctions = R"bash(
_zoobar_complete() {  # KIND: file, folder, any, or words with "|" between them
  case "$1" in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    any) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$cur") ;;
  esac
}

_zoobar_kind() {  # OPTION: prints the kind of its value, or nothing if it takes none
  local pair
  for pair in $values; do
    if [[ $pair == "$1="* ]]; then
      printf '%s' "${pair#*=}"
      return
    fi
  done
}

_zoobar() {
  local cur=${COMP_WORDS[COMP_CWORD]} path='' option='' only_places='' place=0
  local next options values places word kind i
  COMPREPLY=()
  [[ $cur == '=' ]] && cur=''
  _zoobar_describe ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ -n $option ]]; then
      option=''
    elif [[ $word == '--' ]]; then
      only_places=yes
    elif [[ $word == -* && -z $only_places ]]; then
      [[ -n $(_zoobar_kind "$word") ]] && option=$word
    elif [[ " $next " == *" $word "* ]]; then
      path=${path:+$path }$word
      _zoobar_describe "$path"
    else
      ((place += 1))
    fi
  done
  if [[ -n $option ]]; then
    _zoobar_complete "$(_zoobar_kind "$option")"
  elif [[ $cur == -* && -z $only_places ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
  elif [[ -n $next ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$next" -- "$cur")
  else
    set -- $places
    kind=${*:place+1:1}
    [[ -z $kind && ${*: -1} == *... ]] && kind=${*: -1}
    _zoobar_complete "${kind:-any}"
    [[ ${kind:-any} == any && -z $cur && -z $only_places && -z $places ]] &&
      mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
  fi
  return 0
}
complete -F _zoobar zoobar
)bash";

std::string KindOf(const CommandOption& option) {
  if (option.takes == Takes::kFile) return "file";
  if (option.takes == Takes::kFolder) return "folder";
  const std::vector<std::string_view> words = WordsOf(option);
  return words.empty() ? "any" : fmt::format("{}", fmt::join(words, "|"));
}

// One case of _zoobar_describe: what may follow the words of `path`.
void Describe(std::string_view path, const std::vector<const CommandOption*>& options, std::ostream& out) {
  std::vector<std::string> names, values, places;
  for (const CommandOption* option : options) {
    if (option->hidden) continue;
    if (option->by_place()) {
      places.push_back(KindOf(*option));
      continue;
    }
    names.emplace_back(option->key());
    if (option->takes == Takes::kNothing) continue;
    values.push_back(fmt::format("{}={}", option->key(), KindOf(*option)));
    if (option->key() != option->name)
      values.push_back(fmt::format("{}={}", option->name.substr(0, 2), KindOf(*option)));
  }
  out << fmt::format("    '{}')\n      next='{}'\n      options='{}'\n      values='{}'\n      places='{}'\n      ;;\n",
                     path, fmt::join(WordsAfter(path), " "), fmt::join(names, " "), fmt::join(values, " "),
                     fmt::join(places, " "));
}

}  // namespace

void PrintBashCompletion(std::ostream& out) {
  out << "# Completion of zoobar in bash. Made by `zoobar completion bash`.\n\n"
      << "_zoobar_describe() {  # PATH: the words of a command; sets next, options, values and places\n"
      << "  next='' options='' values='' places=''\n"
      << "  case \"$1\" in\n";
  const Command& itself = ZoobarItself();
  Describe("", OptionsOf(itself), out);
  std::set<std::string_view> described;
  std::vector<const CommandOption*> of_ctl;
  for (const CommandOption& option : CtlOptions()) of_ctl.push_back(&option);
  for (const CommandGroup& group : AllCommands()) {
    for (const Command& command : group.commands) {
      for (std::size_t end = 0; (end = command.name.find(' ', end)) != command.name.npos; ++end) {
        const std::string_view path = command.name.substr(0, end);
        if (described.insert(path).second) Describe(path, of_ctl, out);
      }
      Describe(command.name, OptionsOf(command), out);
    }
  }
  out << "  esac\n}\n" << kFunctions;
}

}  // namespace zoobar
