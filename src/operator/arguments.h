// The options of one command of `zoobar`, as data, and the values that a command line gave them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

// What may stand after an option. Completion offers it, and the parser checks it.
enum class Takes {
  kNothing,  // the option is a flag
  kText,
  kNumber,  // a whole number from `least` to `most`
  kDecimal,
  kFile,    // a path; completion offers the files that exist
  kFolder,  // a path; completion offers folders
  kMember,  // the name of a member; only the site knows them, so completion offers nothing
  kRole,    // the name of a role other than master
  kWord,    // one of `words`
};

struct CommandOption {
  std::string_view name;  // "--json" or "-n,--lines". A value that is known by its place has capitals only: "NAME"
  Takes takes = Takes::kNothing;
  std::string_view value = {};  // what help calls the value: "FILE". A value that is known by its place has none
  std::string_view help = {};
  std::string_view fallback = {};  // the value if there is none on the command line; empty: no value
  bool required = false;
  bool repeatable = false;                                                   // each time with one value
  bool hidden = false;                                                       // only the master passes it
  std::uint64_t least = 0, most = std::numeric_limits<std::int64_t>::max();  // of a kNumber
  std::span<const std::string_view> words = {};                              // of a kWord

  bool by_place() const { return !name.starts_with('-'); }
  // The name by which Arguments knows it: the long one of "-n,--lines".
  std::string_view key() const;
};

// The values of a command's options. A name that the command does not have ends the process, because then the command
// and its row of the table do not belong together.
class Arguments {
 public:
  explicit Arguments(std::vector<const CommandOption*> options = {}) : options_(std::move(options)) {}

  // Whether the command line has it.
  bool Has(std::string_view name) const;
  // The value, or the fallback. If it was given several times, the last value.
  std::string Text(std::string_view name) const;
  // The same as a number. Only for kNumber, which the parser has checked. 0 if there is no value and no fallback.
  std::uint64_t Number(std::string_view name) const;
  double Decimal(std::string_view name) const;
  // All values in their order. Empty if there is none, also if there is a fallback.
  const std::vector<std::string>& All(std::string_view name) const;

  // The options of the command, and those of the groups that it is in.
  const std::vector<const CommandOption*>& options() const { return options_; }
  // For the parser.
  void Set(std::string_view name, std::vector<std::string> values);

 private:
  const CommandOption& Named(std::string_view name) const;
  std::vector<const CommandOption*> options_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;  // by key
};

}  // namespace zoobar
