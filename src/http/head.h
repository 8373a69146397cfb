// A request's head (RFC 9112, 2 to 6). The parser is strict, starts only when the head is complete, and works on
// contiguous bytes without copying them.
//
// llhttp checks the grammar. It accepts some heads that two readers, such as a proxy and this server, could understand
// in different ways. This code refuses these heads too, and the connection ends. The status is 400 unless another
// status fits. Refused are:
// - no Host, or two Host fields
// - a Transfer-Encoding that is not exactly `chunked`, or any Transfer-Encoding in HTTP/1.0
// - versions other than 1.x
// - two spaces in the request line
// - bytes over 0x7f outside of field values
// - repeated fields that change the meaning of a request
// Empty lines before a request line are refused here. HttpConnection skips a few of them before it calls this parser.
//
// This code accepts or ignores everything that the RFCs tell a recipient to accept or to ignore: any byte over 0x7f in
// a field's value, HTTP/1.2 and later (read as 1.1), conditions that were sent twice (http/conditional.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/limits.h"

namespace zoobar {

// The last five methods are known, but no path supports them. The role that serves the path answers them with status
// 405 and the methods that the path allows.
enum class HttpMethod : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kTrace, kPatch };
std::string_view MethodName(HttpMethod method);

// Why a request is refused. `text` is shown to the client. It names the limit that was exceeded, if there was one, and
// never repeats what the client sent.
struct Refusal {
  int status = 400;
  std::string text;
};

// The parsed head. It points into the bytes from which it was parsed. These bytes must outlive it. If they are moved to
// another place, Rebase must be called.
class RequestHead {
 public:
  HttpMethod method = HttpMethod::kGet;
  int minor_version = 1;          // 0 or 1; later minor versions are read as 1
  bool keep_alive = false;        // the HTTP version and the Connection field allow further requests
  bool expects_continue = false;  // the client sent "Expect: 100-continue" with HTTP/1.1
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::size_t size = 0;  // bytes of the head, with the empty line at its end

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }

  // The path begins with "/" and is percent-decoded once. It contains no control byte, no backslash, and no segment "."
  // or "..". It may contain bytes that are not UTF-8.
  std::string_view path() const { return decoded_ ? std::string_view(decoded_path_) : At(path_); }
  // The path as the client sent it, with its escapes. It contains only bytes from 0x21 to 0x7e.
  std::string_view raw_path() const { return raw_path_.size > 0 ? At(raw_path_) : "/"; }
  // The query of the target, not decoded and without the "?". Empty if there is no query. http/form.h parses it.
  std::string_view query() const { return At(query_); }
  // The host, with its port if the client sent a port. It comes from the target if the target is in absolute form, else
  // from the Host field. It can be empty only in HTTP/1.0.
  std::string_view host() const { return At(host_); }

  // Returns the value of the first field with this name, without surrounding blanks. Returns nullopt if there is no
  // such field. The name must be in lower case. Bytes over 0x7f in the value need not be UTF-8.
  std::optional<std::string_view> Field(std::string_view lower_case_name) const;
  // As Field, but also returns nullopt if the field was sent more than once. Used for fields that may have only one
  // value.
  std::optional<std::string_view> SingleField(std::string_view lower_case_name) const;
  std::size_t field_count() const { return fields_.size(); }
  std::string_view field_name(std::size_t i) const { return At(fields_[i].name); }
  std::string_view field_value(std::size_t i) const { return At(fields_[i].value); }

  // Tells the head that the bytes to which it points are now at `base`.
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
  Slice target_, path_, raw_path_, query_, host_;
  bool decoded_ = false;
  std::string decoded_path_;  // set if the path contained an escape
  std::vector<FieldSlices> fields_;
};

class HeadParser {
 public:
  enum class Outcome { kIncomplete, kComplete, kRefused };

  explicit HeadParser(const HttpLimits& limits) : limits_(limits) {}

  // `bytes` begins with the first byte of the request and may contain more than the head. *scanned is how far the end
  // of the head has been searched for. It must be 0 for a new request. When more bytes have arrived, pass it again
  // unchanged, so that the search does not begin at the first byte each time. Fills *head on kComplete and *refusal on
  // kRefused.
  Outcome Parse(std::string_view bytes, std::size_t* scanned, RequestHead* head, Refusal* refusal) const;

 private:
  struct Collector;

  bool ReadLine(std::string_view line, RequestHead* head, Refusal* refusal) const;
  bool ReadFields(std::string_view bytes, RequestHead* head, Refusal* refusal) const;

  HttpLimits limits_;
};

}  // namespace zoobar
