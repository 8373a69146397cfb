#include "tls/stream.h"

#include <openssl/err.h>

namespace zoobar {

// A client can send messages that libssl handles by itself, without an end: KeyUpdates, or in TLS 1.2 ClientHellos.
// libssl reads on as long as they come, and the other clients would wait. So each call may read only so often.
TlsStream::TlsStream(SslPtr ssl) : ssl_(std::move(ssl)) {
  BIO* const bio = SSL_get_rbio(ssl_.get());
  if (!bio) return;
  BIO_set_callback_ex(bio, OnBio);
  BIO_set_callback_arg(bio, reinterpret_cast<char*>(this));
}

// See BIO_set_callback_ex(3ossl).
long TlsStream::OnBio(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t*) {
  if (operation != BIO_CB_READ) return result;
  auto& self = *reinterpret_cast<TlsStream*>(BIO_get_callback_arg(bio));
  if (self.reads_ > 0) {
    --self.reads_;
    return result;
  }
  BIO_clear_retry_flags(bio);
  BIO_set_retry_read(bio);
  return -1;  // as if the socket were empty: SSL_ERROR_WANT_READ
}

TlsStream::Outcome TlsStream::Of(int result) const {
  if (result == 1) return Outcome::kDone;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kWantWrite;
    case SSL_ERROR_WANT_ASYNC:
      return Outcome::kWantSignature;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kEnded;
    default:
      return Outcome::kFailed;
  }
}

TlsStream::Outcome TlsStream::Handshake() {
  ERR_clear_error();
  reads_ = 8;
  const Outcome outcome = Of(SSL_do_handshake(ssl_.get()));
  // From here on nothing has to be signed, and a job for each operation would only cost time.
  if (outcome == Outcome::kDone) SSL_clear_mode(ssl_.get(), SSL_MODE_ASYNC);
  return outcome == Outcome::kEnded ? Outcome::kFailed : outcome;
}

TlsStream::Outcome TlsStream::Read(std::span<char> to, std::size_t& got) {
  ERR_clear_error();
  reads_ = 1;
  return Of(SSL_read_ex(ssl_.get(), to.data(), to.size(), &got));
}

TlsStream::Outcome TlsStream::Write(std::string_view bytes, std::size_t& put) {
  ERR_clear_error();
  reads_ = 1;
  return Of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put));
}

TlsStream::Outcome TlsStream::End() {
  ERR_clear_error();
  reads_ = 1;
  const int result = SSL_shutdown(ssl_.get());
  return result >= 0 ? Outcome::kDone : Of(result);
}

std::string_view TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), name ? size : 0};
}

}  // namespace zoobar
