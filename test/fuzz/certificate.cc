// Certificates and private keys in PEM (src/tls/certificate.h, installable.h).
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "tls/certificate.h"
#include "tls/installable.h"

namespace zoobar {
namespace {

void CheckError(const Error& error) {
  Require(!error.text.empty(), "an error says why");
  for (const char c : error.text) Require(c >= 0x20 && c < 0x7f, "an error for the operator is ASCII");
}

std::string PemOf(const Certificate& certificate) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  for (const std::string& der : certificate.chain()) {
    const Result<CertificatePtr> parsed = ParseDer(der);
    Require(parsed.ok(), "each certificate of a chain is read again");
    PEM_write_bio_X509(text.get(), parsed->get());
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void CheckNames(const Certificate& certificate) {
  Require(certificate.names_size() >= 1 && certificate.names_size() <= static_cast<int>(kMaxNames), "1 to 100 names");
  std::set<std::string> seen;
  for (const std::string& name : certificate.names()) {
    Require(seen.insert(name).second && !name.empty(), "no name comes twice");
    for (const char c : name) Require(c > 0x20 && c < 0x7f && (c < 'A' || c > 'Z'), "names are in lower case");
    if (!name.starts_with("*.")) {
      Require(IsFor(certificate, name), "a certificate is for its names");
      continue;
    }
    Require(IsFor(certificate, "label" + name.substr(1)), "a star stands for one label");
    Require(seen.contains("two.labels" + name.substr(1)) || !name.substr(1).starts_with(".x.y.z"), "for no more");
  }
}

void CheckChain(std::string_view pem) {
  const Result<Certificate> chain = ReadChain(pem);
  if (!chain.ok()) return CheckError(chain.error());
  Require(chain->chain_size() >= 1 && chain->chain_size() <= kMaxChain, "1 to 10 certificates");
  Require(chain->key_id().size() == 32 && chain->kind() != KEY_KIND_UNSPECIFIED, "the key is of a kind that is served");
  Require(chain->issuer().size() <= 512, "the issuer is one short line");
  for (const char c : chain->issuer()) Require(c >= 0x20 && c < 0x7f, "the issuer is ASCII");
  CheckNames(*chain);
  const std::string again = PemOf(*chain);
  if (again.size() <= kMaxChainBytes) {
    const Result<Certificate> same = ReadChain(again);
    Require(same.ok() && same->SerializeAsString() == chain->SerializeAsString(), "a chain is read as it is written");
  }
  for (const std::int64_t now : {std::int64_t{0}, chain->not_before(), chain->not_after() - 1, chain->not_after()}) {
    const Status installable = CheckInstallable(*chain, now);
    if (!installable.ok()) CheckError(installable.error());
    const bool in_time = chain->not_before() <= now + 300 && now < chain->not_after();
    Require(in_time || !installable.ok(), "a certificate that is not valid now is not installed");
    Require(!in_time || chain->chain_size() > 1 || installable.ok(), "one alone needs no issuer");
  }
}

void CheckKey(std::string_view pem) {
  const Result<PkeyPtr> key = ReadPrivateKey(pem);
  if (!key.ok()) return CheckError(key.error());
  Require(*key != nullptr, "a key that was read");
  const Result<Certificate> chain = ReadChain(pem);  // a file may have both
  if (chain.ok()) (void)CheckKeyOf(*chain, key->get()).ok();
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  StartOpenssl();
  const std::string_view pem = InputText(data, size);
  CheckChain(pem);
  Require(ERR_peek_error() == 0, "no error is left for a later call");
  CheckKey(pem);
  Require(ERR_peek_error() == 0, "no error is left for a later call");
  const Result<CertificatePtr> der = ParseDer(pem);
  if (!der.ok()) CheckError(der.error());
  return 0;
}
