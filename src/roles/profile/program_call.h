// What a program asks and how it is answered: JSON, one call and one reply at a time (sandbox/wire.h, ProgramApi).
//
//   {"call": "xfer", "target": "bob", "zoobars": 1}      the call, and its arguments beside it
//   {"value": 9}                                         the reply: what it gives
//   {"base64": "aGk="}                                   the same, where that is bytes
//   {"error": "nobody here has the name bob"}            or why it is refused
//
// A program is hostile: whatever it writes is taken apart here, with every bound named. What is not one JSON object in
// UTF-8 is misbehaviour; a call that is merely wrong is refused in words its author understands.
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

// One argument as it came.
struct ProgramValue {
  enum class Kind { kNull, kBoolean, kInteger, kFraction, kText, kTexts, kOther };
  Kind kind = Kind::kNull;
  std::int64_t integer = 0;
  std::string text = {};
  std::vector<std::string> texts = {};
};

struct ProgramCall {
  std::string name;
  std::map<std::string, ProgramValue, std::less<>> arguments;  // null ones are left out
  std::string complaint;  // why it cannot be answered as it stands: an argument twice, a number past all bounds

  // Precondition of these: CheckCall has found nothing wrong.
  const std::string& Text(std::string_view argument) const { return arguments.find(argument)->second.text; }
  std::string Path(std::string_view argument) const;  // from the working directory
  std::int64_t Number(std::string_view argument, std::int64_t otherwise = 0) const;
  bool Has(std::string_view argument) const { return arguments.contains(argument); }
};

// Never more than a few times `json` in memory, whatever it holds. An Error: misbehaviour.
Result<ProgramCall> ReadProgramCall(std::string_view json);

// What a call takes.
struct ProgramParameter {
  enum class Type {
    kName,    // of a member: 1 to kMaxNameBytes of text
    kNames,   // a list of at most ProgramLimits::kNames of these, or the word "everybody"
    kText,    // 1 to ProgramLimits::kTextBytes bytes, no control characters but tab and line end
    kPath,    // "notes/today": plain, at most ProgramLimits::kPathBytes bytes; a "/" before it says the same
    kAmount,  // 1 and up
    kLimit,   // 1 to ProgramLimits::kListLimit
  };
  std::string_view name;
  Type type;
  bool optional = false;
};

// Empty: the arguments are what the call takes. Else what is wrong, for its author.
std::string CheckCall(const ProgramCall& call, std::span<const ProgramParameter> parameters);

// A reply in the making: a value, written as JSON, or a refusal.
class ProgramReply {
 public:
  static ProgramReply Of(const nlohmann::ordered_json& value);
  static ProgramReply OfBytes(std::string_view bytes);
  static ProgramReply Refused(std::string why);

  bool refused() const { return refused_; }
  // The frame's bytes. One over `most` bytes becomes a refusal that says so.
  std::string ToJson(std::size_t most) const;

 private:
  bool refused_ = false;
  std::string text_;  // the reply, or the refusal's reason
};

}  // namespace zoobar
