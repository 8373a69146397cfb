// Owners of OpenSSL's objects, and how its errors become ours.
#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

template <auto free_function>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <typename T, auto free_function>
using OpensslPtr = std::unique_ptr<T, OpensslFree<free_function>>;

using LibraryPtr = OpensslPtr<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using ProviderPtr = OpensslPtr<OSSL_PROVIDER, OSSL_PROVIDER_unload>;
using PkeyPtr = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using PkeyContextPtr = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContextPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using CertificatePtr = OpensslPtr<X509, X509_free>;
using BioPtr = OpensslPtr<BIO, BIO_free_all>;
using SslContextPtr = OpensslPtr<SSL_CTX, SSL_CTX_free>;
using SslPtr = OpensslPtr<SSL, SSL_free>;

// Initialises OpenSSL once for the process, without a configuration file, without error texts in other languages, and
// without anything to be done at exit. To be called before the process is confined any further or makes keys. No
// environment variable and no file has any influence. If that fails, ends the process with a line that says why.
void StartOpenssl();

// Returns an Error with `what` and the oldest error of OpenSSL's queue of this thread, and empties the queue. The text
// is ASCII.
Error OpensslError(std::string_view what);

// Empties OpenSSL's queue of errors of this thread at the end of a scope. Otherwise the next call that fails would report
// an older error as its reason (ERR_get_error(3ossl)).
class OpensslErrorsCleared {
 public:
  OpensslErrorsCleared() = default;
  ~OpensslErrorsCleared();
  OpensslErrorsCleared(const OpensslErrorsCleared&) = delete;
  OpensslErrorsCleared& operator=(const OpensslErrorsCleared&) = delete;
};

}  // namespace zoobar
