#include "http2/backend.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace zoobar {

Http2Backend::Http2Backend(Loop& loop, Fd socket, std::function<void(Http2Backend&, int events)> ready)
    : socket_(std::move(socket)) {
  watch_.emplace(loop, socket_.get(), [this, ready = std::move(ready)](int events) { ready(*this, events); });
  WatchAgain();
}

void Http2Backend::Begin(std::int32_t stream, bool head_only) {
  stream_ = stream;
  ++exchanges_;
  request_ended_ = response_ended_ = paused_ = false;
  reader_.Begin(head_only);
}

void Http2Backend::Add(std::string_view bytes) {
  if (!deaf_) outbox_.Append(bytes);
}

void Http2Backend::AddChunk(std::string_view bytes) {
  Add(fmt::format("{:x}\r\n", bytes.size()));
  Add(bytes);
  Add("\r\n");
}

void Http2Backend::Flush() {
  while (open() && !outbox_.empty()) {
    const std::string_view left = outbox_.view();
    const ssize_t count = send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (count > 0) {
      outbox_.Consume(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      deaf_ = true;
      outbox_.Release();
    }
  }
  WatchAgain();
}

Http2Backend::Got Http2Backend::Read(Bytes* scratch, std::size_t room, ByteQueue* body) {
  if (!open()) return Got::kBroken;
  const std::size_t most = std::min(room, scratch->size());
  const ssize_t count = recv(socket_.get(), scratch->data(), most, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Got::kSome;
  ResponseReader::Outcome outcome;
  if (count > 0) {
    outcome = reader_.Read({scratch->data(), static_cast<std::size_t>(count)}, body);
    sodium_memzero(scratch->data(), static_cast<std::size_t>(count));
  } else {
    outcome = reader_.End();
  }
  response_ended_ = outcome == ResponseReader::Outcome::kDone;
  if (outcome == ResponseReader::Outcome::kBroken) return Got::kBroken;
  return response_ended_ ? Got::kDone : Got::kSome;
}

void Http2Backend::Pause(bool paused) {
  paused_ = paused;
  WatchAgain();
}

void Http2Backend::WatchAgain() {
  if (!watch_) return;
  const int events = (paused_ ? 0 : UV_READABLE) | (outbox_.empty() ? 0 : UV_WRITABLE);
  if (events != events_) watch_->Set(events_ = events);
}

void Http2Backend::Release(std::uint64_t now) {
  const bool again = request_ended_ && response_ended_ && outbox_.empty() && !deaf_ && reader_.keep_alive();
  stream_ = 0;
  if (!again) return Close();
  reader_.Begin(false);  // wipes the head
  outbox_.Release();
  idle_since_ = now;
  Pause(false);  // an idle connection is read too, so that its end is noticed
}

void Http2Backend::Close() {
  stream_ = 0;
  watch_.reset();
  socket_.Close();
  outbox_.Release();
}

}  // namespace zoobar
