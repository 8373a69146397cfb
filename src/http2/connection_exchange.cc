// How the streams of a connection become exchanges of HTTP/1.1 over its socket pairs.
#include <fmt/format.h>

#include <algorithm>

#include "http2/connection.h"

namespace zoobar {
namespace {

constexpr int kRetrySeconds = 2;

Response Unserved(std::string_view text) { return Response::Busy(text, kRetrySeconds); }

}  // namespace

void Http2Connection::ServeWaiting() {
  const std::size_t most = shared_.crowded() ? 1 : shared_.limits.held_responses;
  while (!waiting_.empty() && held_ < most) {
    Http2Backend* backend = IdleBackend();
    if (backend == nullptr) return OpenBackends();
    Http2Stream* stream = Find(waiting_.front());
    StopWaiting(*stream);
    Begin(*stream, *backend);
  }
}

// Returns the idle socket pair that was used last, or nullptr.
Http2Backend* Http2Connection::IdleBackend() const {
  Http2Backend* idle = nullptr;
  for (const auto& backend : backends_) {
    if (backend->idle() && (idle == nullptr || backend->idle_since() >= idle->idle_since())) idle = backend.get();
  }
  return idle;
}

// Asks for as many socket pairs as streams wait. Hooks::connect may call Connected.
void Http2Connection::OpenBackends() {
  const auto denied = [this] { return denied_ && !backends_.empty(); };
  while (!denied() && opening_ < waiting_.size() && backends_.size() + opening_ < shared_.limits.backends) {
    ++opening_;
    if (hooks_.connect(backends_.size() + opening_ - 1)) continue;
    --opening_;
    break;
  }
  if (backends_.empty() && opening_ == 0) RefuseWaiting();
}

void Http2Connection::RefuseWaiting() {
  while (!waiting_.empty()) {
    AnswerHere(*Find(waiting_.front()), Unserved("Your address has reached its limit of connections, or the server is "
                                                 "being restarted. Please try again."));
  }
}

void Http2Connection::Connected(Fd socket) {
  --opening_;
  if (socket.valid() && !session_.ended()) {
    ++shared_.figures.backends;
    backends_.emplace_back(
        std::make_unique<Http2Backend>(shared_.loop, std::move(socket), [this](Http2Backend& backend, int events) {
          const auto work = [&] { OnBackend(backend, events); };
          shared_.turns.Handle(client_, backend.source(), work);
        }));
  } else if (!socket.valid()) {
    denied_ = true;
    if (backends_.empty()) RefuseWaiting();
  } else if (hooks_.disconnected) {
    hooks_.disconnected();  // the session has ended meanwhile, and nobody needs this socket pair
  }
  Settle();
}

void Http2Connection::StopWaiting(Http2Stream& stream) {
  if (!std::exchange(stream.waiting, false)) return;
  waiting_heads_ -= stream.request.head.size();
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), stream.id));
  --shared_.figures.waiting;
}

void Http2Connection::CloseBackend(Http2Backend& backend) {
  if (Http2Stream* stream = Find(backend.stream())) stream->backend = nullptr;
  backend.Close();
  const auto place =
      std::find_if(backends_.begin(), backends_.end(), [&backend](const auto& one) { return one.get() == &backend; });
  closed_.splice(closed_.end(), backends_, place);
  --shared_.figures.backends;
  if (hooks_.disconnected) hooks_.disconnected();
}

// Ends the stream's exchange. The socket pair serves the next one, or is closed if this exchange was not complete: that
// tells the server that nobody waits for the response.
void Http2Connection::Detach(Http2Stream& stream) {
  Http2Backend* backend = std::exchange(stream.backend, nullptr);
  if (backend == nullptr) return;
  backend->Release(Now());
  if (!backend->open()) CloseBackend(*backend);
}

void Http2Connection::Begin(Http2Stream& stream, Http2Backend& backend) {
  stream.backend = &backend;
  stream.body_since = stream.progress_since = Now();
  backend.Begin(stream.id, stream.request.head_only);
  backend.Add(View(stream.request.head));
  if (stream.body_open || !stream.body.empty()) stream.request.head = Bytes();  // cannot be sent once more
  if (stream.body_open) session_.Widen(stream.id);
  PassBody(stream);
}

// Gives the backend as much of the request's body as it takes.
void Http2Connection::PassBody(Http2Stream& stream) {
  Http2Backend& backend = *stream.backend;
  while (!stream.body.empty() && (backend.has_room() || backend.deaf())) {
    const std::string_view bytes = stream.body.view().substr(0, Http2Backend::kOutbox);
    if (stream.request.chunked) {
      backend.AddChunk(bytes);
    } else {
      backend.Add(bytes);
    }
    session_.Consumed(stream.id, bytes.size());
    stream.body.Consume(bytes.size());
    stream.progress_since = Now();
    backend.Flush();
  }
  if (stream.body.empty() && !stream.body_open && !std::exchange(stream.body_ended, true)) {
    stream.body.Release();
    if (stream.request.chunked) backend.AddChunk({});
    backend.EndRequest();
  }
  backend.Flush();
}

void Http2Connection::OnBackend(Http2Backend& backend, int events) {
  Http2Stream* stream = Find(backend.stream());
  if (stream == nullptr) {  // an idle one: the server has closed it, or has sent what nobody asked for
    CloseBackend(backend);
    return Settle();
  }
  if (events & UV_WRITABLE) PassBody(*stream);
  if ((events & (UV_READABLE | UV_DISCONNECT)) && stream->backend != nullptr) ReadResponse(*stream);
  Settle();
}

void Http2Connection::ReadResponse(Http2Stream& stream) {
  Http2Backend& backend = *stream.backend;
  const std::size_t before = stream.response.size();
  const std::size_t room = shared_.crowded() ? shared_.limits.crowded_buffer : shared_.limits.response_buffer;
  if (before >= room) return backend.Pause(true);
  const Http2Backend::Got got = backend.Read(&shared_.scratch, room - before, &stream.response);
  Hold(stream.response.size() - before);
  if (before == 0) stream.progress_since = Now();
  if (got == Http2Backend::Got::kBroken) return Fail(stream, backend.why());
  if (backend.reader().continues() && !stream.answered && !std::exchange(stream.continued, true)) {
    session_.Continue(stream.id);
  }
  stream.complete = got == Http2Backend::Got::kDone;
  PassResponse(stream);
  if (stream.complete) return Detach(stream);
  if (stream.response.size() >= room) backend.Pause(true);
}

// Gives the session the head of the response when it is there, and tells it of new bytes of the body.
void Http2Connection::PassResponse(Http2Stream& stream) {
  ResponseReader& reader = stream.backend->reader();
  if (!reader.has_head()) return;
  if (std::exchange(stream.answered, true)) return session_.Resume(stream.id);
  stream.request.head = Bytes();
  session_.Respond(stream.id, reader.head(), !stream.complete || !stream.response.empty());
}

// The server has closed, or has sent what is no response.
void Http2Connection::Fail(Http2Stream& stream, const char* why) {
  if (TryAgain(stream)) return;
  ++shared_.figures.failed;
  if (hooks_.failed) hooks_.failed(why);
  Detach(stream);
  if (stream.answered) return session_.Reset(stream.id, NGHTTP2_INTERNAL_ERROR);
  AnswerHere(stream, Unserved("This page is being restarted. Please try again."));
}

bool Http2Connection::TryAgain(Http2Stream& stream) {
  const Http2Backend& backend = *stream.backend;
  const bool reads = stream.request.method == "GET" || stream.request.method == "HEAD";
  if (!reads || stream.request.head.empty() || stream.retried || !backend.used_before() ||
      stream.backend->reader().begun()) {
    return false;
  }
  Detach(stream);
  stream.retried = stream.waiting = true;
  stream.body_ended = false;
  waiting_heads_ += stream.request.head.size();
  waiting_.push_front(stream.id);
  ++shared_.figures.waiting;
  return true;
}

// Answers with a response of this server. Precondition: no response was begun.
void Http2Connection::AnswerHere(Http2Stream& stream, const Response& response) {
  StopWaiting(stream);
  Detach(stream);
  stream.answered = stream.complete = true;
  Drop(stream.response.size());
  stream.response.Release();
  stream.progress_since = Now();
  if (!stream.body.empty()) session_.Consumed(stream.id, stream.body.size());
  stream.body.Release();
  if (!stream.request.head_only) stream.response.Append(response.body);
  Hold(stream.response.size());
  if (hooks_.served) {
    const std::string& method = stream.request.method;
    const std::string& path = stream.request.path;
    hooks_.served({client_,
                   path.empty() ? "-" : std::string_view(method),
                   path.empty() ? "-" : std::string_view(path),
                   response.status,
                   stream.response.size(),
                   static_cast<std::uint32_t>(1000 * (Now() - stream.waiting_since)),
                   {},
                   {}});
  }
  session_.Respond(stream.id, ResponseHead::Of(response, shared_.date.Now()), !stream.response.empty());
}

}  // namespace zoobar
