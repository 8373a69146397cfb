#include "tls/openssl.h"

#include <openssl/err.h>

namespace zoobar {

void StartOpenssl() {
  constexpr std::uint64_t kOptions = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                                     OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_SSL_STRINGS;
  if (OPENSSL_init_ssl(kOptions, nullptr) != 1) Die("OpenSSL does not start");
}

Error OpensslError(std::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  char text[160] = "no reason given";
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  return Error::Of("{}: {}", what, text);
}

OpensslErrorsCleared::~OpensslErrorsCleared() { ERR_clear_error(); }

}  // namespace zoobar
