// Forms (application/x-www-form-urlencoded), query strings and cookies, parsed strictly into wiped memory.
//
// A broken escape refuses the whole input. "%00" is a byte like any other: validators judge it. Of two fields of one
// name the first counts.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "http/head.h"
#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

class FormFields {
 public:
  static constexpr std::size_t kMaxFields = 64;

  // A form body or a query string. An error for a broken escape, a control byte or blank that should have been encoded,
  // or more than kMaxFields fields.
  static Result<FormFields> Parse(std::string_view encoded);

  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // The value, or an empty view if there is none. Valid while this object is not moved from or destroyed.
  std::string_view Get(std::string_view name) const;
  // Takes the value out (a password on its way); empty if there is none.
  Bytes Take(std::string_view name);
  std::size_t size() const { return fields_.size(); }

 private:
  const std::pair<Bytes, Bytes>* Find(std::string_view name) const;

  std::vector<std::pair<Bytes, Bytes>> fields_;  // name, value
};

// Whether the body is a form, by Content-Type.
bool HasFormBody(const RequestHead& head);

// The first cookie of that name (RFC 6265, 5.4; names by case) among the first kMaxCookies; nullopt if there is none.
// The view points into the head's bytes. Quotes around a value are part of it. Other cookies may be of other sites on
// the same host, and hold what they like: they hide none. Browsers keep a few hundred for one host.
inline constexpr std::size_t kMaxCookies = 1024;
std::optional<std::string_view> FindCookie(const RequestHead& head, std::string_view name);

}  // namespace zoobar
