#include "http/head.h"

#include <fmt/format.h>
#include <llhttp.h>

#include <algorithm>
#include <cstring>

#include "http/field_syntax.h"
#include "http/head_rules.h"
#include "http/target.h"

namespace zoobar {
namespace {

using std::string_view;

// Stores the refusal. Always returns false, so that a function that reports success by a bool can end with a call of
// Refuse.
bool Refuse(Refusal* refusal, int status, std::string text) {
  *refusal = {status, std::move(text)};
  return false;
}

struct RequestLine {
  string_view method, target;
};

// Reads METHOD SP TARGET SP HTTP/1.x and accepts nothing else. Returns false and sets *refusal if the line is refused.
bool ReadRequestLine(string_view line, RequestLine* parts, int* minor, Refusal* refusal) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == string_view::npos ? first : line.find(' ', first + 1);
  const auto malformed = [refusal] {
    return Refuse(refusal, 400, "The request line is not METHOD, one space, target, one space, HTTP/1.1.");
  };
  if (second == string_view::npos || first == 0 || second == first + 1) return malformed();
  parts->method = line.substr(0, first);
  parts->target = line.substr(first + 1, second - first - 1);
  if (!std::all_of(parts->method.begin(), parts->method.end(), IsTokenByte)) return malformed();
  const string_view version = line.substr(second + 1);
  const auto digit = [](char byte) { return byte >= '0' && byte <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7])) {
    return malformed();
  }
  if (version[5] != '1') return Refuse(refusal, 505, "Only HTTP/1.0 and HTTP/1.1 are supported.");
  *minor = version[7] == '0' ? 0 : 1;  // RFC 9110, 6.2: a later minor version is processed as the highest known one
  return true;
}

constexpr std::pair<string_view, HttpMethod> kMethods[] = {
    {"GET", HttpMethod::kGet},     {"HEAD", HttpMethod::kHead},     {"POST", HttpMethod::kPost},
    {"PUT", HttpMethod::kPut},     {"DELETE", HttpMethod::kDelete}, {"OPTIONS", HttpMethod::kOptions},
    {"TRACE", HttpMethod::kTrace}, {"PATCH", HttpMethod::kPatch},
};

// Accepts the methods of RFC 9110 and RFC 5789. The role that serves the path decides later whether the method is
// allowed there. CONNECT, and OPTIONS for the whole server ("*"), are refused here, because they name no path.
bool ReadMethod(const RequestLine& line, HttpMethod* method, Refusal* refusal) {
  if (line.method == "CONNECT" || (line.method == "OPTIONS" && line.target == "*")) {
    return Refuse(refusal, 405, "The supported methods are GET, HEAD and POST.");
  }
  for (const auto& [name, known] : kMethods) {
    if (line.method == name) return *method = known, true;
  }
  return Refuse(refusal, 501, "This method is unknown. The supported methods are GET, HEAD and POST.");
}

// Returns the position after the head in `bytes`, 0 if the head is not complete yet, or npos if the head is refused.
std::size_t FindEnd(string_view bytes, std::size_t* scanned, const HttpLimits& limits, Refusal* refusal) {
  if (*scanned == 0 && !bytes.empty() && !IsTokenByte(bytes[0])) {
    Refuse(refusal, 400, "The request does not begin with a method.");
    return string_view::npos;
  }
  std::size_t end = 0;
  std::size_t from = *scanned;
  const string_view window = bytes.substr(0, limits.head_bytes);
  while (end == 0) {
    const std::size_t line_end = window.find('\n', from);
    if (line_end == string_view::npos) break;
    if (line_end == 0 || window[line_end - 1] != '\r') {
      Refuse(refusal, 400, "A line ends without a carriage return.");
      return string_view::npos;
    }
    if (line_end >= 3 && window[line_end - 2] == '\n') end = line_end + 1;
    from = line_end + 1;
  }
  *scanned = window.size();
  if (window.size() > limits.line_bytes && window.substr(0, limits.line_bytes + 2).find('\n') == string_view::npos) {
    Refuse(refusal, 414, fmt::format("The request line is over {} bytes.", limits.line_bytes));
    return string_view::npos;
  }
  if (end == 0 && bytes.size() >= limits.head_bytes) {
    Refuse(refusal, 431, fmt::format("The request's head is over {} bytes.", limits.head_bytes));
    return string_view::npos;
  }
  return end;
}

}  // namespace

string_view MethodName(HttpMethod method) {
  for (const auto& [name, known] : kMethods) {
    if (known == method) return name;
  }
  return "-";
}

std::optional<string_view> RequestHead::Field(string_view lower_case_name) const {
  for (const FieldSlices& field : fields_) {
    if (field.name.size == lower_case_name.size() && EqualsNoCase(At(field.name), lower_case_name)) {
      return At(field.value);
    }
  }
  return std::nullopt;
}

std::optional<string_view> RequestHead::SingleField(string_view lower_case_name) const {
  std::optional<string_view> value;
  for (const FieldSlices& field : fields_) {
    if (!EqualsNoCase(At(field.name), lower_case_name)) continue;
    if (value) return std::nullopt;
    value = At(field.value);
  }
  return value;
}

// Collects what llhttp reports: the positions of field names and values.
struct HeadParser::Collector {
  RequestHead* head;
  std::size_t max_fields;
  bool in_name = false, in_value = false, too_many = false, whole = false;

  // llhttp may report a name or value in pieces, which are then adjacent in memory.
  int Extend(RequestHead::Slice* place, bool more, const char* at, std::size_t size) {
    const auto offset = static_cast<std::uint32_t>(at - head->base_);
    if (!more) *place = {offset, 0};
    if (place->at + place->size != offset) return HPE_USER;
    place->size += static_cast<std::uint32_t>(size);
    return 0;
  }
  int Name(const char* at, std::size_t size) {
    if (!in_name) {
      too_many = head->fields_.size() == max_fields;
      if (too_many) return HPE_USER;
      head->fields_.emplace_back();
    }
    return Extend(&head->fields_.back().name, std::exchange(in_name, true), at, size);
  }
  int Value(const char* at, std::size_t size) {
    return Extend(&head->fields_.back().value, std::exchange(in_value, true), at, size);
  }
  static Collector& Of(llhttp_t* parser) { return *static_cast<Collector*>(parser->data); }
  static llhttp_settings_t Settings();
};

llhttp_settings_t HeadParser::Collector::Settings() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) { return Of(p).Name(at, size); };
  settings.on_header_field_complete = [](llhttp_t* p) {
    Of(p).in_name = Of(p).in_value = false;
    return 0;
  };
  settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) { return Of(p).Value(at, size); };
  settings.on_headers_complete = [](llhttp_t* p) -> int {
    Of(p).whole = true;
    return HPE_PAUSED;  // stops llhttp here, because HeadRules decide where the body ends
  };
  return settings;
}

HeadParser::Outcome HeadParser::Parse(string_view bytes, std::size_t* scanned, RequestHead* head,
                                      Refusal* refusal) const {
  const std::size_t end = FindEnd(bytes, scanned, limits_, refusal);
  if (end == 0) return Outcome::kIncomplete;
  if (end == string_view::npos) return Outcome::kRefused;
  head->base_ = bytes.data();
  head->size = end;
  head->content_length.reset();
  head->chunked = head->expects_continue = head->keep_alive = false;
  head->host_ = {};
  const bool fine = ReadLine(bytes.substr(0, bytes.find('\n') - 1), head, refusal) &&
                    ReadFields(bytes.substr(0, end), head, refusal) && HeadRules(*head, *refusal).Apply();
  return fine ? Outcome::kComplete : Outcome::kRefused;
}

bool HeadParser::ReadLine(string_view line, RequestHead* head, Refusal* refusal) const {
  RequestLine parts;
  if (!ReadRequestLine(line, &parts, &head->minor_version, refusal)) return false;
  if (!ReadMethod(parts, &head->method, refusal)) return false;
  Target target;
  if (!SplitTarget(parts.target, &target)) {
    return Refuse(refusal, 400, "The request target is neither a path nor an http URL.");
  }
  const auto slice = [head](string_view part) {
    return RequestHead::Slice{static_cast<std::uint32_t>(part.data() - head->base_),
                              static_cast<std::uint32_t>(part.size())};
  };
  const bool in_line = target.path.data() >= line.data() && target.path.data() < line.data() + line.size();
  head->decoded_ = target.has_escapes || !in_line;
  const bool good = head->decoded_ ? DecodePath(target.path, &head->decoded_path_) : PathIsPlain(target.path);
  if (!good) {
    return Refuse(refusal, 400,
                  "The path contains a broken escape, an encoded slash, a backslash, a control byte or a dot segment.");
  }
  head->raw_path_ = in_line ? slice(target.path) : RequestHead::Slice{};
  head->path_ = head->decoded_ ? RequestHead::Slice{} : slice(target.path);
  head->query_ = target.query.empty() ? RequestHead::Slice{} : slice(target.query);
  if (!target.authority.empty()) head->host_ = slice(target.authority);
  return true;
}

bool HeadParser::ReadFields(string_view bytes, RequestHead* head, Refusal* refusal) const {
  static const llhttp_settings_t settings = Collector::Settings();
  head->fields_.clear();
  Collector collector{.head = head, .max_fields = limits_.fields};
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  llhttp_set_lenient_version(&parser, 1);  // ReadRequestLine has checked the version already
  parser.data = &collector;
  const llhttp_errno_t outcome = llhttp_execute(&parser, bytes.data(), bytes.size());
  if (collector.too_many) {
    return Refuse(refusal, 431, fmt::format("The request has over {} header fields.", limits_.fields));
  }
  if (outcome != HPE_PAUSED || !collector.whole) {
    return Refuse(refusal, 400, "The header fields are malformed.");
  }
  for (RequestHead::FieldSlices& field : head->fields_) {
    const string_view value = TrimBlanks(head->At(field.value));
    if (!value.empty()) field.value.at = static_cast<std::uint32_t>(value.data() - head->base_);
    field.value.size = static_cast<std::uint32_t>(value.size());
  }
  return true;
}

}  // namespace zoobar
