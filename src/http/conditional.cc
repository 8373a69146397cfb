#include "http/conditional.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/date.h"
#include "http/field_syntax.h"

namespace zoobar {
namespace {

using std::string_view;

// Whether a list of entity tags names `etag`. The list is "*", or tags separated by commas; the quotes of a tag may
// contain commas too. weak_counts tells whether a weak tag (W/"...") can match.
bool ListsTag(string_view list, string_view etag, bool weak_counts) {
  list = TrimBlanks(list);
  if (list == "*") return true;
  while (!list.empty()) {
    if (list.front() == ',') {  // elements of the list may be empty (RFC 9110, 5.6.1)
      list = TrimBlanks(list.substr(1));
      continue;
    }
    const bool weak = list.substr(0, 2) == "W/";
    if (weak) list.remove_prefix(2);
    if (list.empty() || list.front() != '"') return false;
    const std::size_t end = list.find('"', 1);
    if (end == string_view::npos) return false;
    if (list.substr(0, end + 1) == etag && (weak_counts || !weak)) return true;
    list = TrimBlanks(list.substr(end + 1));
    if (!list.empty() && list.front() != ',') return false;
  }
  return false;
}

// As ListsTag, for all fields with this name: together they count as one list. An entity tag never spans two fields.
bool FieldsListTag(const RequestHead& head, string_view name, string_view etag, bool weak_counts) {
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    if (EqualsNoCase(head.field_name(i), name) && ListsTag(head.field_value(i), etag, weak_counts)) return true;
  }
  return false;
}

std::optional<std::int64_t> DateField(const RequestHead& head, string_view name) {
  const auto value = head.SingleField(name);
  return value ? ParseHttpDate(*value) : std::nullopt;
}

// Reads a number of decimal digits without a sign. Returns nullopt for anything else and for more than 18 digits.
std::optional<std::uint64_t> Digits(string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

void SelectRange(string_view range, std::uint64_t size, Selection* selection) {
  if (!EqualsNoCase(range.substr(0, 6), "bytes=")) return;
  const string_view spec = TrimBlanks(range.substr(6));
  const std::size_t dash = spec.find('-');
  if (dash == string_view::npos || spec.find(',') != string_view::npos) return;
  const auto first = Digits(spec.substr(0, dash)), last = Digits(spec.substr(dash + 1));
  const bool open_end = dash + 1 == spec.size();
  if (dash == 0) {  // the range "-N" means the last N bytes
    if (!last) return;
    if (*last == 0 || size == 0) return void(selection->status = 416);
    selection->size = std::min(*last, size);
    selection->first = size - selection->size;
  } else {
    if (!first || (!last && !open_end) || (last && *last < *first)) return;
    if (*first >= size) return void(selection->status = 416);
    selection->first = *first;
    selection->size = (open_end ? size - 1 : std::min(*last, size - 1)) - *first + 1;
  }
  selection->status = 206;
}

bool IfRangeHolds(const RequestHead& head, const Validators& validators) {
  if (!head.Field("if-range")) return true;
  const auto condition = head.SingleField("if-range");
  if (!condition) return false;
  if (!condition->empty() && condition->front() == '"') return *condition == validators.etag;
  return ParseHttpDate(*condition) == validators.modified_seconds;
}

// Reads a qvalue (RFC 9110, 12.4.2) and returns it in thousandths. Returns 0 if it is malformed.
int Quality(string_view parameters) {
  parameters = TrimBlanks(parameters);
  if (parameters.empty()) return 1000;
  if (parameters.size() < 3 || (parameters[0] != 'q' && parameters[0] != 'Q') || parameters[1] != '=') return 0;
  const string_view value = parameters.substr(2);
  if (value.size() > 5 || (value[0] != '0' && value[0] != '1') || (value.size() > 1 && value[1] != '.')) return 0;
  int quality = (value[0] - '0') * 1000, weight = 100;
  for (char digit : value.substr(std::min<std::size_t>(2, value.size()))) {
    if (digit < '0' || digit > '9') return 0;
    quality += (digit - '0') * weight;
    weight /= 10;
  }
  return quality > 1000 ? 0 : quality;
}

}  // namespace

Selection Select(const RequestHead& head, const Validators& validators) {
  Selection selection{200, 0, validators.size};
  const bool if_match = head.Field("if-match").has_value();
  if (if_match && !FieldsListTag(head, "if-match", validators.etag, false)) return {412};
  if (!if_match) {
    const auto unmodified = DateField(head, "if-unmodified-since");
    if (unmodified && validators.modified_seconds > *unmodified) return {412};
  }
  if (head.Field("if-none-match")) {
    if (FieldsListTag(head, "if-none-match", validators.etag, true)) return {304};
  } else {
    const auto modified = DateField(head, "if-modified-since");
    if (modified && validators.modified_seconds <= *modified) return {304};
  }
  const auto range = head.SingleField("range");
  if (range && head.method == HttpMethod::kGet && IfRangeHolds(head, validators)) {
    SelectRange(*range, validators.size, &selection);
  }
  return selection;
}

bool AcceptsGzip(const RequestHead& head) {
  int gzip = -1, identity = -1, any = -1;
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    if (!EqualsNoCase(head.field_name(i), "accept-encoding")) continue;
    string_view rest = head.field_value(i);
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const string_view entry = rest.substr(0, comma);
      rest = comma == string_view::npos ? string_view() : rest.substr(comma + 1);
      const std::size_t semicolon = entry.find(';');
      const string_view coding = TrimBlanks(entry.substr(0, semicolon));
      const int quality = semicolon == string_view::npos ? 1000 : Quality(entry.substr(semicolon + 1));
      if (EqualsNoCase(coding, "gzip") || EqualsNoCase(coding, "x-gzip")) gzip = std::max(gzip, quality);
      if (EqualsNoCase(coding, "identity")) identity = std::max(identity, quality);
      if (coding == "*") any = std::max(any, quality);
    }
  }
  if (gzip < 0) gzip = any;
  return gzip > 0 && gzip >= identity;
}

string_view ContentType(string_view path) {
  static constexpr std::pair<string_view, string_view> kTypes[] = {
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".html", "text/html; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".avif", "image/avif"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".xml", "application/xml"},
      {".pdf", "application/pdf"},
  };
  const string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == string_view::npos) return "application/octet-stream";
  for (const auto& [ending, type] : kTypes) {
    if (EqualsNoCase(name.substr(dot), ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace zoobar
