#include "tls/stream.h"

#include <openssl/err.h>

namespace zoobar {
namespace {

// A client has no reason to send more of libssl's own messages than this between two pieces of data. Each KeyUpdate
// costs as much as some records, and a block that libssl reads at once can have hundreds of them.
constexpr int kMostMessages = 32;

}  // namespace

// A client can send messages that libssl handles by itself, without an end: KeyUpdates, or in TLS 1.2 ClientHellos.
// libssl reads on as long as they come, and the other clients would wait. So each call may read only so often.
TlsStream::TlsStream(SslPtr ssl) : ssl_(std::move(ssl)) {
  SSL_set_msg_callback(ssl_.get(), OnMessage);
  SSL_set_msg_callback_arg(ssl_.get(), this);
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

// See SSL_CTX_set_msg_callback(3ossl). libssl reads no further record after it has been told that the client has ended.
void TlsStream::OnMessage(int sent, int, int kind, const void*, std::size_t, SSL* ssl, void* stream) {
  auto& self = *static_cast<TlsStream*>(stream);
  if (sent != 0 || kind != SSL3_RT_HANDSHAKE || !self.shaken_ || ++self.messages_ <= kMostMessages) return;
  self.abused_ = true;
  SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

TlsStream::Outcome TlsStream::Of(int result) const {
  if (abused_) return Outcome::kFailed;
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
  shaken_ = outcome == Outcome::kDone;
  return outcome == Outcome::kEnded ? Outcome::kFailed : outcome;
}

TlsStream::Outcome TlsStream::Read(std::span<char> to, std::size_t& got) {
  ERR_clear_error();
  reads_ = 1;
  const Outcome outcome = Of(SSL_read_ex(ssl_.get(), to.data(), to.size(), &got));
  if (outcome == Outcome::kDone) messages_ = 0;
  return outcome;
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
