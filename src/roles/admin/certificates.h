// What `zoobar ctl` shows of the certificates in use. Text in a certificate may come from anybody who could make one, so
// it is sent on only as printable ASCII.
#pragma once

#include <cstdint>

#include "admin.pb.h"
#include "keys.pb.h"

namespace zoobar {

// A certificate ends soon if it is valid for less than this, or for less than a third of its whole time if that is
// shorter. A client of ACME renews earlier, so something is wrong then.
inline constexpr std::int64_t kSoonDays = 14;

// now: seconds since 1970.
CertificateReport ReportOf(const Certificate& certificate, std::int64_t now);

// Returns the text with '?' in place of each byte that is not printable ASCII.
std::string AsAscii(std::string_view text);

}  // namespace zoobar
