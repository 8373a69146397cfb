// A request's head (RFC 9112, 2 to 6). The parser is strict, starts only when the head is complete, and works on
// contiguous bytes without copying them.
//
// llhttp checks the grammar. This code also refuses what llhttp accepts but two readers could understand in different
// ways, and the connection ends (status 400 where no other one fits):
// - no Host, or two Host fields
// - a Transfer-Encoding that is not one `chunked`, or one on HTTP/1.0
// - versions other than 1.x
// - two spaces in the request line
// - bytes over 0x7f outside of field values
// - repeated fields that change the meaning of a request
// HttpConnection skips empty lines before a request line; here they are refused.
//
// What the RFCs tell a recipient to accept or to ignore is accepted or ignored: any byte over 0x7f in a field's value,
// HTTP/1.2 and later (read as 1.1), conditions that were sent twice (http/conditional.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/limits.h"

namespace zoobar {

// The last five are known but supported nowhere. The owner of the path answers them with 405 and the methods that it
// allows.
enum class HttpMethod : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kTrace, kPatch };
std::string_view MethodName(HttpMethod method);

// Why a request is refused. `text` is shown to the client and names the limit that was exceeded; it never repeats what
// the client sent.
struct Refusal {
  int status = 400;
  std::string text;
};

// The parsed head. It refers to the bytes from which it was parsed: they must outlive it, or Rebase must name their new
// place.
class RequestHead {
 public:
  HttpMethod method = HttpMethod::kGet;
  int minor_version = 1;          // 0 or 1; later minor versions are read as 1
  bool keep_alive = false;        // whether the client allows it, by version and Connection
  bool expects_continue = false;  // Expect: 100-continue, on HTTP/1.1
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::size_t size = 0;  // bytes of the head, with the empty line at its end

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }

  // Absolute and percent-decoded once. Contains no control byte, no backslash, and no segment "." or "..". It may
  // contain bytes that are not UTF-8.
  std::string_view path() const { return decoded_ ? std::string_view(decoded_path_) : At(path_); }
  // Not decoded, without the "?"; empty if there is none. http/form.h parses it.
  std::string_view query() const { return At(query_); }
  // The host of the target if that is in absolute form, else the value of Host, with the port if one was given. Empty
  // only with HTTP/1.0.
  std::string_view host() const { return At(host_); }

  // The value of the first field with this name (in lower case), without surrounding blanks; nullopt if there is none.
  // Bytes over 0x7f in it need not be UTF-8.
  std::optional<std::string_view> Field(std::string_view lower_case_name) const;
  // As Field, but nullopt also if the field was sent more than once. For fields that have only one value.
  std::optional<std::string_view> SingleField(std::string_view lower_case_name) const;
  std::size_t field_count() const { return fields_.size(); }
  std::string_view field_name(std::size_t i) const { return At(fields_[i].name); }
  std::string_view field_value(std::size_t i) const { return At(fields_[i].value); }

  // Tells the head that its bytes are now at `base`.
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
  std::string decoded_path_;  // set if the path contained an escape
  std::vector<FieldSlices> fields_;
};

class HeadParser {
 public:
  enum class Outcome { kIncomplete, kComplete, kRefused };

  explicit HeadParser(const HttpLimits& limits) : limits_(limits) {}

  // `bytes` begins with the first byte of the request and may contain more than the head. *scanned must be 0 for a new
  // request and must be passed again, unchanged, when more bytes have arrived: then a head that is sent byte by byte is
  // not searched from its beginning each time. Fills *head on kComplete and *refusal on kRefused.
  Outcome Parse(std::string_view bytes, std::size_t* scanned, RequestHead* head, Refusal* refusal) const;

 private:
  struct Collector;

  bool ReadLine(std::string_view line, RequestHead* head, Refusal* refusal) const;
  bool ReadFields(std::string_view bytes, RequestHead* head, Refusal* refusal) const;

  HttpLimits limits_;
};

}  // namespace zoobar
