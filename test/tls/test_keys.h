// Keys and certificates for tests, made when they are asked for.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "ipc/bytes.h"
#include "tls/openssl.h"

namespace zoobar {

struct TestKey {
  std::string chain;  // PEM
  Bytes key;          // PEM
  PkeyPtr pair;
};

inline PkeyPtr NewRsaKey(unsigned bits = 2048) { return PkeyPtr(EVP_RSA_gen(bits)); }
inline PkeyPtr NewEcKey(const char* curve = "P-256") { return PkeyPtr(EVP_EC_gen(curve)); }

inline Bytes PemOf(EVP_PKEY* key) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_PrivateKey(text.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  const char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return ToBytes({data, static_cast<std::size_t>(size)});
}

// A certificate that this key has signed for itself. `names` as in openssl-x509v3_config(5): "DNS:example.org". It is
// valid from `from_s` seconds after now, for 90 days.
inline TestKey SelfSigned(PkeyPtr pair, const std::string& names, long from_s = -60) {
  const CertificatePtr certificate(X509_new());
  X509* const x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), from_s);
  X509_gmtime_adj(X509_getm_notAfter(x), from_s + 90L * 86400);
  X509_NAME* const name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_set_pubkey(x, pair.get());
  if (!names.empty()) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    EXPECT_NE(extension, nullptr) << names;
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  EXPECT_GT(X509_sign(x, pair.get(), EVP_sha256()), 0);
  const BioPtr text(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_X509(text.get(), x), 1);
  const char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  TestKey made;
  made.chain.assign(data, static_cast<std::size_t>(size));
  made.key = PemOf(pair.get());
  made.pair = std::move(pair);
  return made;
}

}  // namespace zoobar
