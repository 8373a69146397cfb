// Makes certificates for tests, good ones and bad ones.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <string>

#include "tls/openssl.h"

namespace zoobar {

struct MadeCertificate {
  CertificatePtr certificate;
  PkeyPtr key;

  std::string Pem() const {
    const BioPtr text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), certificate.get());
    return Text(text.get());
  }
  std::string KeyPem() const {
    const BioPtr text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return Text(text.get());
  }

 private:
  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
  }
};

struct CertificateToMake {
  std::string names = "DNS:a.test";  // subjectAltName, as openssl.cnf has it; empty: no such extension
  std::string subject = "a.test";
  long from_days = -1, until_days = 90;  // from now on
  int rsa_bits = 0;                      // 0: a key on `curve`
  const char* curve = "P-256";
  const MadeCertificate* issuer = nullptr;  // null: it signs itself
};

inline MadeCertificate Make(const CertificateToMake& wanted) {
  StartOpenssl();
  MadeCertificate made{
      CertificatePtr(X509_new()),
      PkeyPtr(wanted.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)) : EVP_EC_gen(wanted.curve))};
  X509* const certificate = made.certificate.get();
  constexpr long kDay = 86400;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until_days * kDay);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wanted.subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, wanted.issuer ? X509_get_subject_name(wanted.issuer->certificate.get()) : subject);
  if (!wanted.names.empty()) {
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wanted.names.c_str());
    EXPECT_NE(names, nullptr) << wanted.names;
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
  }
  EXPECT_GT(X509_sign(certificate, (wanted.issuer ? wanted.issuer->key : made.key).get(), EVP_sha256()), 0);
  return made;
}

}  // namespace zoobar
