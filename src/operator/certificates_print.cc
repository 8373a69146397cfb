#include "operator/certificates_print.h"

#include <fmt/format.h>

#include <algorithm>

#include "operator/ctl_print.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

std::string NamesOf(const CertificateReport& certificate) {
  std::string names;
  for (const std::string& name : certificate.names()) names += (names.empty() ? "" : " ") + Printable(name);
  return names;
}

const char* KindOf(const CertificateReport& certificate) {
  switch (certificate.kind()) {
    case KEY_KIND_RSA:
      return "RSA";
    case KEY_KIND_ECDSA_P256:
      return "ECDSA P-256";
    case KEY_KIND_ECDSA_P384:
      return "ECDSA P-384";
    default:
      return "?";
  }
}

std::string DaysLeft(const CertificateReport& certificate) {
  return certificate.days_left() < 0 ? "ENDED" : std::to_string(certificate.days_left());
}

// How its end is told in a warning.
std::string End(const CertificateReport& certificate) {
  const int days = certificate.days_left();
  if (days < 0) return "HAS ENDED";
  return days == 0 ? "ENDS TODAY" : fmt::format("ENDS IN {} {}", days, days == 1 ? "DAY" : "DAYS");
}

}  // namespace

bool AnyEndsSoon(const CertificateReports& certificates) {
  return std::ranges::any_of(certificates, [](const CertificateReport& each) { return each.ends_soon(); });
}

void PrintCertificates(const CertificateReports& certificates, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const CertificateReport& each : certificates) {
    if (each.ends_soon()) {
      out << fmt::format("CERTIFICATE {}: {} (zoobar ctl certificate install)\n", End(each), NamesOf(each));
    }
    rows.push_back({NamesOf(each), DaysLeft(each), IsoTimeOfSeconds(each.not_after()).substr(0, 10), KindOf(each),
                    each.origin() == CERTIFICATE_INSTALLED ? "installed" : "configured",
                    each.self_signed() ? "self-signed" : Printable(each.issuer())});
  }
  if (rows.empty()) {
    out << "no certificate (zoobar ctl certificate install, or self-signed)\n";
    return;
  }
  PrintTable({"CERTIFICATE FOR", ">DAYS", "UNTIL", "KEY", "ORIGIN", "ISSUER"}, rows, out);
}

void PrintInstalled(const InstallCertificateReply& reply, std::ostream& out) {
  const CertificateReport& fresh = reply.installed();
  out << fmt::format("installed: {} ({}, {} days left{})\n", NamesOf(fresh), KindOf(fresh), fresh.days_left(),
                     fresh.self_signed() ? ", self-signed" : "");
  if (reply.replaced() > 0) out << fmt::format("replaced: {}\n", reply.replaced());
  if (fresh.ends_soon()) out << fmt::format("CERTIFICATE {}\n", End(fresh));
}

}  // namespace zoobar
