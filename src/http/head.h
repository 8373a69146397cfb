// A request's head (RFC 9112, 2 to 6): parsed strictly and only once it is whole, from contiguous bytes, without
// copying.
//
// llhttp checks the grammar; what it lets through is refused here: no Host or two, Transfer-Encoding other than one
// `chunked` on HTTP/1.1, versions but 1.x, doubled spaces, leading line ends, bytes over 0x7f outside field values,
// repeated fields that change what a request means. What is ambiguous is refused with 400, and the connection ends.
// What the RFCs tell a recipient to accept or to ignore is accepted or ignored: any byte over 0x7f in a field's value,
// HTTP/1.2 and up (read as 1.1), conditions that came twice (http/conditional.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/limits.h"

namespace zoobar {

// The last five are known and served nowhere: whoever owns the path answers them with 405 and the methods it allows.
enum class HttpMethod : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kTrace, kPatch };
std::string_view MethodName(HttpMethod method);

// Why a request is answered without being served. `text` is shown to the client and names the limit that was hit; it
// never repeats what the client sent.
struct Refusal {
  int status = 400;
  std::string text;
};

// Refers to the bytes it was parsed from, which must outlive it or be replaced by Rebase.
class RequestHead {
 public:
  HttpMethod method = HttpMethod::kGet;
  int minor_version = 1;          // 0 or 1: later minor versions are read as 1
  bool keep_alive = false;        // what the client allows, by version and Connection
  bool expects_continue = false;  // Expect: 100-continue, on HTTP/1.1
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::size_t size = 0;  // bytes of the head, the empty line included

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }

  // Absolute, percent-decoded once; holds no control byte, no backslash, no segment "." or "..". May hold any UTF-8, or
  // bytes that are none.
  std::string_view path() const { return decoded_ ? std::string_view(decoded_path_) : At(path_); }
  // Raw, without the "?"; empty if there is none. http/form.h parses it.
  std::string_view query() const { return At(query_); }
  // Of the target in absolute form, else of Host; empty only with HTTP/1.0. With the port if one was given.
  std::string_view host() const { return At(host_); }

  // The first field of that name (lower case), without surrounding blanks; nullopt if there is none. Its bytes are
  // opaque: those over 0x7f need not be UTF-8.
  std::optional<std::string_view> Field(std::string_view lower_case_name) const;
  // The same for a field that has one member: nullopt also where it came more than once.
  std::optional<std::string_view> SingleField(std::string_view lower_case_name) const;
  std::size_t field_count() const { return fields_.size(); }
  std::string_view field_name(std::size_t i) const { return At(fields_[i].name); }
  std::string_view field_value(std::size_t i) const { return At(fields_[i].value); }

  // The same bytes now stand at `base`.
  void Rebase(const char* base) { base_ = base; }

 private:
  friend class HeadParser;
  friend class HeadRules;
  struct Slice {
    std::uint32_t at = 0, size = 0;
  };
  struct FieldSlices {
    Slice name, value;
  };
  std::string_view At(Slice slice) const { return {base_ + slice.at, slice.size}; }

  const char* base_ = "";
  Slice target_, path_, query_, host_;
  bool decoded_ = false;
  std::string decoded_path_;  // where the path held an escape
  std::vector<FieldSlices> fields_;
};

// Compares ASCII letters without case. `lower` must be lower case already.
bool EqualsNoCase(std::string_view text, std::string_view lower);
// Whether a comma-separated field value holds this token, without case.
bool ListHolds(std::string_view list, std::string_view lower_token);

class HeadParser {
 public:
  enum class Outcome { kIncomplete, kComplete, kRefused };

  explicit HeadParser(const HttpLimits& limits) : limits_(limits) {}

  // `bytes` begins with the request's first byte and may go on past the head. *scanned is 0 for a new request and is
  // carried from call to call while more bytes arrive, so that a head sent byte by byte is not searched anew each time.
  // Fills *head on kComplete, *refusal on kRefused.
  Outcome Parse(std::string_view bytes, std::size_t* scanned, RequestHead* head, Refusal* refusal) const;

 private:
  struct Collector;

  bool ReadLine(std::string_view line, RequestHead* head, Refusal* refusal) const;
  bool ReadFields(std::string_view bytes, RequestHead* head, Refusal* refusal) const;

  HttpLimits limits_;
};

}  // namespace zoobar
