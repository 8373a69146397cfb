#include "roles/profile/program_call.h"

#include <sodium.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "credentials/names.h"
#include "limits/programs.h"
#include "sandbox/files.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using Json = nlohmann::ordered_json;
using Kind = ProgramValue::Kind;
using Type = ProgramParameter::Type;

constexpr int kNumberPastBounds = 406;  // the id that nlohmann/json gives this error
constexpr std::string_view kCallKey = "call";

// Receives the parser's events. It keeps only the arguments of the call, and the texts in an argument that is a list.
// It does not keep values that are nested deeper, so that deep nesting uses no memory.
class Reader : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(ProgramCall& call) : call_(call) {}

  std::string why;  // why the request counts as misbehaviour; empty: it does not

  bool null() override { return Take({}); }
  bool boolean(bool) override { return Take({.kind = Kind::kBoolean}); }
  bool number_integer(number_integer_t value) override { return Take({.kind = Kind::kInteger, .integer = value}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) return TakeHuge();
    return Take({.kind = Kind::kInteger, .integer = static_cast<std::int64_t>(value)});
  }
  bool number_float(number_float_t, const string_t& text) override {
    // The parser calls this function for fractions, and also for whole numbers that are too large for an integer.
    return text.find_first_of(".eE") == text.npos ? TakeHuge() : Take({.kind = Kind::kFraction});
  }
  bool string(string_t& value) override { return Take({.kind = Kind::kText, .text = std::move(value)}); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (depth_++ == 0) return true;
    value_ = {.kind = Kind::kOther};
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) name_ = std::move(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override {
    if (depth_ == 0) return Refuse("not an object");
    value_ = depth_++ == 1 ? ProgramValue{.kind = Kind::kTexts} : ProgramValue{.kind = Kind::kOther};
    return true;
  }
  bool end_array() override { return Close(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    if (error.id == kNumberPastBounds && depth_ > 0) {
      Complain("a number in the call is too large");
      return false;
    }
    return Refuse(fmt::format("not JSON, from byte {} on", position));
  }

 private:
  bool Refuse(std::string reason) {
    why = std::move(reason);
    return false;
  }
  void Complain(std::string complaint) {
    if (call_.complaint.empty()) call_.complaint = std::move(complaint);
  }
  bool TakeHuge() {
    Complain(fmt::format("{}: the number is too large", CutUtf8(name_, kMaxNameBytes)));
    return Take({});
  }

  bool Take(ProgramValue value) {
    if (depth_ == 0) return Refuse("not an object");
    if (depth_ == 1) return Store(std::move(value));
    if (depth_ == 2 && value_.kind == Kind::kTexts && value.kind == Kind::kText) {
      value_.texts.push_back(std::move(value.text));
    } else {
      value_ = {.kind = Kind::kOther};
    }
    return true;
  }
  bool Close() { return --depth_ == 1 ? Store(std::exchange(value_, {})) : true; }

  bool Store(ProgramValue value) {
    if (name_ == kCallKey) {
      if (!std::exchange(named_, true) && value.kind == Kind::kText) {
        call_.name = std::move(value.text);
      } else {
        Complain("which call is it? There must be one \"call\", and it must be text");
      }
    } else if (!call_.arguments.try_emplace(name_, std::move(value)).second) {
      Complain(fmt::format("{}: given twice", CutUtf8(name_, kMaxNameBytes)));
    }
    return true;
  }

  ProgramCall& call_;
  int depth_ = 0;  // the number of objects and arrays that are open
  std::string name_;
  ProgramValue value_;  // the argument that is being read, if it is an array or object
  bool named_ = false;
};

bool HasControlCharacters(std::string_view text) {
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code < 0x20 && byte != '\n' && byte != '\t') || code == 0x7f) return true;
  }
  return false;
}

std::string WrongWithName(std::string_view name) {
  if (name.empty()) return "a member's name must not be empty";
  if (name.size() > kMaxNameBytes)
    return fmt::format("a name has at most {} bytes, not {}", kMaxNameBytes, name.size());
  return {};
}

std::string WrongWithNames(const ProgramValue& value) {
  if (value.kind == Kind::kText && value.text == "everybody") return {};
  if (value.kind != Kind::kTexts) return "must be a list of members' names, or the word \"everybody\"";
  if (value.texts.size() > ProgramLimits::kNames)
    return fmt::format("at most {} names, not {}", ProgramLimits::kNames, value.texts.size());
  for (const std::string& name : value.texts) {
    if (std::string wrong = WrongWithName(name); !wrong.empty()) return wrong;
  }
  return {};
}

std::string WrongWithText(std::string_view text) {
  if (text.empty()) return "the text is empty";
  if (text.size() > ProgramLimits::kTextBytes)
    return fmt::format("at most {} bytes of UTF-8, not {}", ProgramLimits::kTextBytes, text.size());
  if (HasControlCharacters(text)) return "control characters are not allowed, except tab and line end";
  return {};
}

// A run's working directory is its root, so an absolute path means the same as a relative one.
std::string_view WithoutRoot(std::string_view path) { return path.substr(path.starts_with('/')); }

std::string WrongWithPath(std::string_view path) {
  if (path.size() > ProgramLimits::kPathBytes)
    return fmt::format("a path has at most {} bytes, not {}", ProgramLimits::kPathBytes, path.size());
  if (!IsPlainPath(WithoutRoot(path))) return "must be a plain path, such as \"notes/today\"";
  return {};
}

std::string WrongWithNumber(const ProgramValue& value, std::int64_t most) {
  if (value.kind == Kind::kInteger && value.integer >= 1 && value.integer <= most) return {};
  if (most == std::numeric_limits<std::int64_t>::max()) return "must be a whole number of 1 or more";
  return fmt::format("must be a whole number from 1 to {}", most);
}

std::string WrongWith(const ProgramValue& value, Type type) {
  switch (type) {
    case Type::kNames:
      return WrongWithNames(value);
    case Type::kAmount:
      return WrongWithNumber(value, std::numeric_limits<std::int64_t>::max());
    case Type::kLimit:
      return WrongWithNumber(value, ProgramLimits::kListLimit);
    default:
      break;
  }
  if (value.kind != Kind::kText) return "must be text";
  switch (type) {
    case Type::kName:
      return WrongWithName(value.text);
    case Type::kPath:
      return WrongWithPath(value.text);
    default:
      return WrongWithText(value.text);
  }
}

std::string Written(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string Takes(std::span<const ProgramParameter> parameters) {
  if (parameters.empty()) return "no arguments";
  std::string list;
  for (const ProgramParameter& one : parameters)
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", one.name, one.optional ? " (optional)" : "");
  return list;
}

}  // namespace

std::int64_t ProgramCall::Number(std::string_view argument, std::int64_t otherwise) const {
  const auto found = arguments.find(argument);
  return found == arguments.end() ? otherwise : found->second.integer;
}

std::string ProgramCall::Path(std::string_view argument) const { return std::string(WithoutRoot(Text(argument))); }

Result<ProgramCall> ReadProgramCall(std::string_view json) {
  // The parser stops at a NUL byte and ignores what follows it.
  if (json.find('\0') != json.npos) return Error{"a request that is not JSON: it holds a NUL byte"};
  ProgramCall call;
  Reader reader(call);
  const bool read = Json::sax_parse(json.begin(), json.end(), &reader);
  if (!reader.why.empty()) return Error{"a request that is " + reader.why};
  if (!read && call.complaint.empty()) return Error{"a request that is not JSON"};
  std::erase_if(call.arguments, [](const auto& one) { return one.second.kind == Kind::kNull; });
  return call;
}

std::string CheckCall(const ProgramCall& call, std::span<const ProgramParameter> parameters) {
  if (!call.complaint.empty()) return call.complaint;
  std::size_t known = 0;
  for (const ProgramParameter& parameter : parameters) {
    const auto found = call.arguments.find(parameter.name);
    known += found != call.arguments.end();
    if (found == call.arguments.end() && parameter.optional) continue;
    const std::string wrong = found == call.arguments.end() ? "missing" : WrongWith(found->second, parameter.type);
    if (!wrong.empty()) return fmt::format("{}: {}: {}", call.name, parameter.name, wrong);
  }
  if (known != call.arguments.size()) return fmt::format("{} takes {}", call.name, Takes(parameters));
  return {};
}

ProgramReply ProgramReply::Of(const Json& value) {
  ProgramReply reply;
  reply.text_ = R"({"value":)" + Written(value) + "}";
  return reply;
}

ProgramReply ProgramReply::OfBytes(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // removes the NUL at its end
  ProgramReply reply;
  reply.text_ = R"({"base64":")" + text + "\"}";
  return reply;
}

ProgramReply ProgramReply::Refused(std::string why) {
  ProgramReply reply;
  reply.refused_ = true;
  reply.text_ = std::move(why);
  return reply;
}

std::string ProgramReply::ToJson(std::size_t most) const {
  if (refused_) return Written({{"error", text_}});
  if (text_.size() <= most) return text_;
  return Refused(fmt::format("the answer has {} bytes; at most {} are sent", text_.size(), most)).ToJson(most);
}

}  // namespace zoobar
