// Reads a program's calls from JSON, and writes the replies as JSON. Each call gets its reply before the next call is
// read (sandbox/wire.h, ProgramApi).
//
//   {"call": "xfer", "target": "bob", "zoobars": 1}      the call, and its arguments beside it
//   {"value": 9}                                         a reply with a value
//   {"base64": "aGk="}                                   a reply with bytes
//   {"error": "nobody here has the name bob"}            a refusal with its reason
//
// A program may be hostile, so everything that it writes is parsed here, within named limits. A request that is not one
// JSON object in UTF-8 counts as misbehaviour. A call that is JSON but has wrong arguments is refused, with a reason
// for the program's author.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// One argument as the program wrote it.
struct ProgramValue {
  enum class Kind { kNull, kBoolean, kInteger, kFraction, kText, kTexts, kOther };
  Kind kind = Kind::kNull;
  std::int64_t integer = 0;
  std::string text = {};
  std::vector<std::string> texts = {};
};

struct ProgramCall {
  std::string name;
  std::map<std::string, ProgramValue, std::less<>> arguments;  // without arguments that are null
  std::string complaint;  // if not empty: why the call is refused, for example because a number is too large

  // These functions return the value of an argument. They may be called only after CheckCall has found nothing wrong.
  const std::string& Text(std::string_view argument) const { return arguments.find(argument)->second.text; }
  std::string Path(std::string_view argument) const;  // relative to the working directory
  std::int64_t Number(std::string_view argument, std::int64_t otherwise = 0) const;
  bool Has(std::string_view argument) const { return arguments.contains(argument); }
};

// Parses a call. Whatever `json` contains, parsing needs at most a few times its size in memory. An Error means that
// the program misbehaved.
Result<ProgramCall> ReadProgramCall(std::string_view json);

// An argument that a call takes.
struct ProgramParameter {
  enum class Type {
    kName,    // the name of a member: text of 1 to kMaxNameBytes bytes
    kNames,   // a list of at most ProgramLimits::kNames names, or the word "everybody"
    kText,    // text of 1 to ProgramLimits::kTextBytes bytes, without control characters except tab and line end
    kPath,    // a plain path of at most ProgramLimits::kPathBytes bytes; "/notes/today" means "notes/today"
    kAmount,  // a whole number, 1 or more
    kLimit,   // a whole number, 1 to ProgramLimits::kListLimit
  };
  std::string_view name;
  Type type;
  bool optional = false;
};

// Checks the call's arguments against the parameters. Returns a text for the program's author that says what is wrong,
// or an empty text if nothing is wrong.
std::string CheckCall(const ProgramCall& call, std::span<const ProgramParameter> parameters);

// A reply that is still to be sent. It is a value, already written as JSON, or a refusal.
class ProgramReply {
 public:
  static ProgramReply Of(const nlohmann::ordered_json& value);
  static ProgramReply OfBytes(std::string_view bytes);
  static ProgramReply Refused(std::string why);

  bool refused() const { return refused_; }
  // Returns the reply as JSON. If that is longer than `most` bytes, returns a refusal instead, which says that the
  // reply is too long.
  std::string ToJson(std::size_t most) const;

 private:
  bool refused_ = false;
  std::string text_;  // the reply, or the refusal's reason
};

}  // namespace zoobar
