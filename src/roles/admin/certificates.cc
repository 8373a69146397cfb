#include "roles/admin/certificates.h"

#include <algorithm>

#include "ipc/bytes.h"
#include "ipc/saturated.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDaySeconds = 86400;

// Rounds down, so that a certificate that ended an hour ago has -1 days left.
std::int64_t WholeDays(std::int64_t seconds) { return seconds / kDaySeconds - (seconds % kDaySeconds < 0 ? 1 : 0); }

}  // namespace

std::string AsAscii(std::string_view text) {
  std::string ascii(text);
  std::ranges::replace_if(ascii, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return ascii;
}

CertificateReport ReportOf(const Certificate& certificate, std::int64_t now) {
  CertificateReport report;
  for (const std::string& name : certificate.names()) report.add_names(AsAscii(name));
  // A taken keys can say any time.
  const std::int64_t left = SaturatedDifference(certificate.not_after(), now);
  const std::int64_t lifetime = SaturatedDifference(certificate.not_after(), certificate.not_before());
  report.set_not_before(certificate.not_before());
  report.set_not_after(certificate.not_after());
  report.set_days_left(static_cast<std::int32_t>(std::clamp<std::int64_t>(WholeDays(left), -99999, 99999)));
  report.set_ends_soon(left < std::min(kSoonDays * kDaySeconds, lifetime / 3));
  report.set_kind(certificate.kind());
  report.set_origin(certificate.origin());
  report.set_self_signed(certificate.self_signed());
  report.set_issuer(AsAscii(certificate.issuer()));
  report.set_key_id(ToHex(certificate.key_id()));
  return report;
}

}  // namespace zoobar
