// Forms (application/x-www-form-urlencoded), query strings and cookies, parsed strictly into memory that is wiped.
//
// A broken escape makes the whole input invalid. "%00" is decoded like any other byte; the code that checks the values
// of the fields refuses it. If two fields have the same name, the first one is used.
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

  // Parses a form body or a query string. Returns an Error for a broken escape, for a control byte or blank that should
  // have been encoded, and for more than kMaxFields fields.
  static Result<FormFields> Parse(std::string_view encoded);

  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // Returns the value, or an empty view if the field is missing. The view is valid until this object is moved from or
  // destroyed.
  std::string_view Get(std::string_view name) const;
  // Moves the value out of the form, so that a password is not copied. Returns an empty value if the field is missing.
  Bytes Take(std::string_view name);
  std::size_t size() const { return fields_.size(); }

 private:
  const std::pair<Bytes, Bytes>* Find(std::string_view name) const;

  std::vector<std::pair<Bytes, Bytes>> fields_;  // name, value
};

// Whether Content-Type says that the body is a form.
bool HasFormBody(const RequestHead& head);

// Finds the first cookie with this name among the first kMaxCookies cookies of the request. Returns nullopt if there is
// none. The case of the name counts (RFC 6265, 5.4). The view points into the head's bytes. Quotes around a value are
// part of the value. Other applications on the same host may set cookies with any content, but none of them hides the
// cookie with this name. The limit is high enough, because browsers keep only a few hundred cookies for one host.
inline constexpr std::size_t kMaxCookies = 1024;
std::optional<std::string_view> FindCookie(const RequestHead& head, std::string_view name);

}  // namespace zoobar
