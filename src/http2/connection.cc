#include "http2/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace zoobar {

Http2Shared::Http2Shared(Loop& event_loop, TurnShares& turn_shares, const Http2Limits& bounds)
    : loop(event_loop), turns(turn_shares), limits(bounds), sweep_(event_loop) {
  scratch.resize(limits.response_buffer);
  sweep_.StartEvery(Milliseconds(1000), [this] {
    for (Http2Connection* connection : connections_) connection->Sweep(uv_now(loop.uv()));
  });
}

Http2Connection::Http2Connection(Http2Shared& shared, const IpAddress& client, Hooks hooks)
    : shared_(shared),
      place_(shared.connections_.insert(shared.connections_.end(), this)),
      client_(client),
      hooks_(std::move(hooks)),
      session_(shared.limits, *this, uv_now(shared.loop.uv())),
      begun_(Now()),
      idle_since_(begun_),
      alive_(std::make_shared<char>()) {}

Http2Connection::~Http2Connection() {
  while (!backends_.empty()) CloseBackend(*backends_.front());
  shared_.figures.streams -= streams_.size();
  shared_.figures.waiting -= waiting_.size();
  shared_.held_ -= held_;
  shared_.connections_.erase(place_);
}

void Http2Connection::Receive(std::string_view bytes) {
  session_.Receive(bytes, Now());
  Settle();
}

bool Http2Connection::wants_input() const {
  return !dead_ && !session_.ended() && const_cast<Http2Session&>(session_).output().size() < shared_.limits.output;
}

std::string_view Http2Connection::output() {
  if (dead_) return {};
  for (int i = 0; i < 2; ++i) {  // what is sent makes room, so that further streams may begin
    Advance();
    session_.Fill(shared_.limits.output, Now());
  }
  ByteQueue& waiting = session_.output();
  if (!waiting.empty() && unsent_since_ == 0) unsent_since_ = Now();
  return waiting.view();
}

void Http2Connection::Wrote(std::size_t bytes) {
  if (bytes == 0) return;
  ByteQueue& waiting = session_.output();
  waiting.Consume(bytes);
  if (waiting.empty() && streams_.empty()) waiting.Release();  // an idle connection holds no buffer
  unsent_since_ = waiting.empty() ? 0 : Now();
}

bool Http2Connection::finished() const {
  return dead_ || (session_.ended() && const_cast<Http2Session&>(session_).output().empty());
}

std::size_t Http2Connection::memory() const {
  std::size_t bytes = session_.memory() + waiting_heads_ + held_;
  for (const auto& [id, stream] : streams_) bytes += stream.body.size();
  return bytes;
}

void Http2Connection::Drain() {
  if (drain_since_ != 0) return;
  drain_since_ = std::max<std::uint64_t>(1, Now());
  session_.GoAway();
  Settle();
}

Http2Stream* Http2Connection::Find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

Http2Stream& Http2Connection::Add(std::int32_t id, Http1Request request, bool body_follows) {
  ++shared_.figures.requests;
  ++shared_.figures.streams;
  Http2Stream& stream = streams_[id];
  stream.id = id;
  stream.request = std::move(request);
  stream.body_open = body_follows;
  stream.waiting_since = stream.body_since = stream.progress_since = Now();
  return stream;
}

// Called within Receive. No exchange begins before all bytes of the client are read: a stream that is opened and reset
// with the same bytes costs no socket pair.
void Http2Connection::OnRequest(std::int32_t id, Http1Request request, bool body_follows) {
  const std::size_t size = request.head.size();
  if (waiting_heads_ + size > std::max(shared_.limits.waiting_heads, size)) return session_.Refuse(id);
  Http2Stream& stream = Add(id, std::move(request), body_follows);
  stream.waiting = true;
  waiting_heads_ += size;
  waiting_.push_back(id);
  ++shared_.figures.waiting;
}

void Http2Connection::OnRefused(std::int32_t id, const Refusal& refusal, Http1Request request, bool body_follows) {
  Response response = Response::Message(refusal.status, ReasonPhrase(refusal.status), refusal.text);
  if (refusal.status == 405) response.AddField("Allow", "GET, HEAD, POST");
  AnswerHere(Add(id, std::move(request), body_follows), response);
}

void Http2Connection::OnBody(std::int32_t id, std::string_view bytes) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return session_.Discarded(bytes.size());
  const bool wanted = stream->waiting || (stream->backend != nullptr && !stream->backend->deaf());
  if (!wanted) return session_.Consumed(id, bytes.size());  // the response does not depend on it any more
  stream->body.Append(bytes);
  if (stream->backend != nullptr) PassBody(*stream);
}

void Http2Connection::OnBodyEnd(std::int32_t id) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return;
  stream->body_open = false;
  stream->progress_since = Now();
  if (stream->backend != nullptr) PassBody(*stream);
}

// RFC 9113, 8.1: a server that has sent its response may ask the client to stop sending the request.
void Http2Connection::OnResponseSent(std::int32_t id) {
  const Http2Stream* stream = Find(id);
  if (stream != nullptr && stream->body_open) session_.Reset(id, NGHTTP2_NO_ERROR);
}

void Http2Connection::OnClosed(std::int32_t id) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return;
  StopWaiting(*stream);
  Detach(*stream);
  Drop(stream->response.size());
  if (!stream->body.empty()) session_.Discarded(stream->body.size());
  streams_.erase(id);
  --shared_.figures.streams;
  if (streams_.empty()) idle_since_ = Now();
}

std::size_t Http2Connection::TakeBody(std::int32_t id, char* place, std::size_t room, bool* end) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return 0;
  const std::size_t count = std::min(room, stream->response.size());
  if (count > 0) {
    std::memcpy(place, stream->response.view().data(), count);
    stream->response.Consume(count);
    Drop(count);
    stream->progress_since = Now();
  }
  *end = stream->complete && stream->response.empty();
  if (stream->backend != nullptr && stream->response.size() <= shared_.limits.response_buffer / 2) {
    stream->backend->Pause(false);
  }
  return count;
}

void Http2Connection::Advance() {
  shared_.figures.resets += session_.resets() - resets_;
  resets_ = session_.resets();
  if (session_.ended()) {
    if (session_.abused() && !std::exchange(counted_end_, true)) ++shared_.figures.calmed;
    while (!backends_.empty()) CloseBackend(*backends_.front());
  } else {
    ServeWaiting();
  }
}

// Called at the end of everything that may have changed what can be done next.
void Http2Connection::Settle() {
  Advance();
  if (std::exchange(scheduled_, true)) return;
  shared_.loop.AtEndOfTurn([this, there = std::weak_ptr<char>(alive_)] {
    if (there.expired()) return;
    scheduled_ = false;
    closed_.clear();
    const std::int64_t begin = MonotonicMicros();
    const IpAddress key = client_.CapKey();
    TurnShares& turns = shared_.turns;
    if (!output().empty() || finished()) hooks_.output();  // may destroy this object
    turns.Charge(key, MonotonicMicros() - begin);
  });
}

}  // namespace zoobar
