#include "operator/doctor_certificates.h"

#include <algorithm>

#include "ipc/loop.h"
#include "ipc/try.h"
#include "master/tls_files.h"
#include "operator/certificate_files.h"
#include "tls/certificate.h"
#include "tls/installable.h"

namespace zoobar {
namespace {

constexpr std::int64_t kDoctorDay = 86400, kDoctorSoonDays = 14;  // below which `ctl status` warns too

Result<Certificate> ReadPair(const Config::Tls& tls) {
  TRY(const CertificateFiles files, ReadCertificateFiles(tls.certificate(), tls.key()));
  TRY(Certificate certificate, ReadChain(files.chain));
  TRY(const PkeyPtr key, ReadPrivateKey(View(files.key)));
  TRY_STATUS(CheckKeyOf(certificate, key.get()));
  return certificate;
}

std::string NamesIn(const Certificate& certificate) {
  std::string names;
  for (const std::string& name : certificate.names()) names += (names.empty() ? "" : " ") + name;
  return names;
}

Finding FindingFor(const Config::Tls& tls) {
  return {"certificate " + tls.certificate(), Verdict::kOk, "", "clients check the names and the dates", ""};
}

Finding Limited(Finding finding, std::string found, std::string remedy) {
  finding.verdict = Verdict::kLimited;
  finding.found = std::move(found);
  finding.remedy = std::move(remedy);
  return finding;
}

}  // namespace

Finding CheckPair(const Config::Tls& tls) {
  Finding finding = FindingFor(tls);
  const Result<Certificate> certificate = ReadPair(tls);
  if (!certificate.ok()) {
    return Limited(std::move(finding), certificate.error().text + "; the site starts without it", "other files");
  }
  const std::int64_t now = WallMillis() / 1000, left = certificate->not_after() - now;
  if (const Status good = CheckInstallable(*certificate, now); !good.ok()) {
    return Limited(std::move(finding), good.error().text, "a new certificate");
  }
  finding.found = fmt::format("{}, {} days left", NamesIn(*certificate), left / kDoctorDay);
  if (left < kDoctorSoonDays * kDoctorDay) return Limited(finding, finding.found, "renew it");
  return finding;
}

std::vector<Finding> CheckCertificates(const Config& config) {
  std::vector<Finding> findings;
  for (const Config::Tls& tls : config.tls()) {
    const Result<TlsFiles> files = OpenTlsFiles(tls);  // if this fails, the master does not start
    findings.push_back(files.ok() ? CheckPair(tls) : FindingFor(tls));
    if (files.ok()) continue;
    findings.back().verdict = Verdict::kMissing;
    findings.back().found = files.error().text;
  }
  const bool wanted = std::ranges::any_of(config.listen(), [](const Config::Listen& each) { return each.tls(); });
  if (wanted && findings.empty()) {
    findings.push_back({"certificates", Verdict::kLimited, "none in the configuration",
                        "handshakes fail while the site has none",
                        "zoobar ctl certificate install, or self-signed, when the site runs; or tls { } in the "
                        "configuration"});
  }
  return findings;
}

}  // namespace zoobar
