#include "tls/installable.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ipc/try.h"
#include "text/calendar.h"
#include "tls/certificate.h"

namespace zoobar {
namespace {

constexpr std::int64_t kClockError = 300;  // how much later than ours an authority's clock may be, in seconds

Status CheckSignedBy(X509* certificate, X509* issuer, int number) {
  const bool fits =
      X509_check_issued(issuer, certificate) == X509_V_OK && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  if (fits) return {};
  return Error::Of("the chain is in the wrong order: certificate {} is not signed by certificate {}", number,
                   number + 1);
}

}  // namespace

Status CheckInstallable(const Certificate& certificate, std::int64_t now) {
  if (certificate.not_after() <= now)
    return Error::Of("the certificate ended at {}", IsoTimeOfSeconds(certificate.not_after()));
  if (certificate.not_before() > now + kClockError) {
    return Error::Of("the certificate is not valid before {}", IsoTimeOfSeconds(certificate.not_before()));
  }
  for (int i = 0; i + 1 < certificate.chain_size(); ++i) {
    TRY(const CertificatePtr one, ParseDer(certificate.chain(i)));
    TRY(const CertificatePtr next, ParseDer(certificate.chain(i + 1)));
    TRY_STATUS(CheckSignedBy(one.get(), next.get(), i + 1));
  }
  return {};
}

}  // namespace zoobar
