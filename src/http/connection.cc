#include "http/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace zoobar {
namespace {

// A body up to this size is copied behind its head, so that one system call can send both. A larger body is sent
// separately.
constexpr std::size_t kCopied = 32 * 1024;
// An orphan that waits for its next request has this long for it.
constexpr Milliseconds kLastRequest{2000};

}  // namespace

Exchange& Exchange::operator=(Exchange&& other) noexcept {
  Exchange old(std::move(*this));  // its destructor answers the request that this object held before
  connection_ = std::move(other.connection_);
  request_ = other.request_;
  return *this;
}

Exchange::~Exchange() {
  if (alive()) Answer(Response::Message(500, "Internal Server Error", "The server did not answer this request."));
}

void Exchange::Answer(Response response) {
  const auto connection = std::exchange(connection_, {}).lock();
  if (connection) connection->AnswerRequest(request_, response);
}

void Exchange::Answer(const PreparedResponse& response, std::string_view member) {
  const auto connection = std::exchange(connection_, {}).lock();
  if (connection) connection->AnswerRequest(request_, response, member);
}

bool Exchange::alive() const {
  const auto connection = connection_.lock();
  return connection && connection->state_ == HttpConnection::State::kAnswering && connection->serial_ == request_;
}

HttpConnection::HttpConnection(Connections& owner, Fd socket, Client client)
    : owner_(owner), socket_(std::move(socket)), client_(client), output_(owner.pool_) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::Start(std::string_view unread) {
  watch_.emplace(owner_.loop_, socket_.get(), [this](int events) {
    const auto hold = self_;
    owner_.turns_.Handle(payer(), source_, [&] { OnReady(events); });
  });
  owner_.WaitFor(this, Connections::kIdle);
  if (!unread.empty()) {
    const std::int64_t begin = MonotonicMicros();
    Took(unread);
    owner_.turns_.Charge(payer().CapKey(), MonotonicMicros() - begin);
  } else {
    WatchFor(UV_READABLE);
  }
}

void HttpConnection::OnReady(int events) {
  if (events & UV_WRITABLE) {
    Flush();
    if (state_ != State::kClosed && output_.empty()) ProcessKept();
  }
  if ((events & (UV_READABLE | UV_DISCONNECT)) && state_ != State::kClosed) ReadReady();
}

void HttpConnection::AnswerNow(const PreparedResponse& response) {
  Compose(response);
  Answered(response.status, head_only_ ? 0 : response.body_size(), {});
}

void HttpConnection::AnswerNow(const Response& response) {
  Compose(response);
  Answered(response.status, head_only_ ? 0 : response.body.size(), response.member);
}

void HttpConnection::AnswerWithoutBody(const Response& response) {
  keep_alive_ = false;
  linger_after_ = true;
  AnswerNow(response);
}

void HttpConnection::AnswerRequest(std::uint32_t request, const PreparedResponse& response, std::string_view member) {
  if (state_ != State::kAnswering || request != serial_) return;
  Compose(response);
  Answered(response.status, head_only_ ? 0 : response.body_size(), member);
}

void HttpConnection::AnswerRequest(std::uint32_t request, const Response& response) {
  if (state_ != State::kAnswering || request != serial_) return;
  Compose(response);
  Answered(response.status, head_only_ ? 0 : response.body.size(), response.member);
}

// Called when the response is composed. Writes the response and continues with the next request.
void HttpConnection::Answered(int status, std::uint64_t bytes, std::string_view member) {
  ++client_.requests;
  ++owner_.requests_;
  state_ = State::kHead;
  if (wait_ == Connections::kHead) owner_.WaitFor(this, Connections::kIdle);  // the next head gets a new deadline
  const auto micros = static_cast<std::uint32_t>(MonotonicMicros() - began_micros_);
  const RequestScope scope(id_);
  owner_.handler_.OnServed({from_.address, method_, path_, status, bytes, micros, member, id_});
  if (processing_) return;  // Process flushes and continues
  Flush();
  if (state_ == State::kClosed || !output_.empty() || close_after_) return;
  if (!owner_.in_head_) return ProcessKept();
  // OnHead is looking at the head of another connection now. So this connection continues with its next request only at
  // the end of this turn of the loop.
  owner_.loop_.AtEndOfTurn([weak = weak_from_this()] {
    const auto connection = weak.lock();
    if (connection && connection->state_ == State::kHead) connection->ProcessKept();
  });
}

Buffer& HttpConnection::BeginAnswer(int status, bool close) {
  const bool keep = keep_alive_ && !close && !owner_.draining_ && !orphan_;
  if (!keep) {
    close_after_ = true;
    linger_after_ = linger_after_ || keep_alive_;  // the client may already be sending its next request
  }
  Buffer& out = output_.buffer();
  out.Append(StatusLine(status));
  out.Append(owner_.date_.Now());
  if (from_.secure || client_.secure) out.Append(owner_.limits_.hsts);
  if (!keep) {
    out.Append("Connection: close\r\n");
  } else if (minor_version_ == 0) {
    out.Append("Connection: keep-alive\r\n");
  }
  return out;
}

void HttpConnection::Compose(const PreparedResponse& response) {
  Buffer& out = BeginAnswer(response.status, response.close);
  out.Append(response.fields);
  out.Append("\r\n");
  if (head_only_) return;
  out.Append(response.copied);
  if (response.shared) output_.Add(response.shared);
  if (response.file.file) output_.Add(response.file);
}

void HttpConnection::Compose(const Response& response) {
  Buffer& out = BeginAnswer(response.status, response.close);
  out.Append("Content-Type: ");
  out.Append(response.type);
  out.Append("\r\nContent-Length: ");
  out.AppendNumber(response.body.size());
  out.Append("\r\nCache-Control: no-store\r\n");
  if (!id_.none()) {
    out.Append("X-Request-Id: ");
    out.Append(id_.Hex());
    out.Append("\r\n");
  }
  out.Append(SecurityFields(response.policy));
  if (!response.fields().empty()) {
    output_.MarkSecret();  // the fields may contain a cookie
    out.Append(View(response.fields()));
  }
  out.Append("\r\n");
  if (head_only_) return;
  if (response.body.size() <= kCopied) {
    out.Append(response.body);
  } else {
    output_.Add(std::make_shared<const std::string>(response.body));
  }
}

void HttpConnection::Flush() {
  if (output_.empty()) return AfterWrite();
  bool wrote = false;
  switch (output_.WriteTo(socket_.get(), &wrote)) {
    case Output::Outcome::kBroken:
      return Close();
    case Output::Outcome::kBlocked:
      if (wrote || wait_ != Connections::kWriting) owner_.WaitFor(this, Connections::kWriting);
      return WatchFor(UV_WRITABLE);
    case Output::Outcome::kDone:
      return AfterWrite();
  }
}

void HttpConnection::AfterWrite() {
  // All output is written, so the deadline for writing ends. The deadline for what the connection waits for now
  // replaces it.
  if (wait_ == Connections::kWriting && state_ == State::kBody) owner_.WaitFor(this, Connections::kBody);
  if (wait_ == Connections::kWriting && state_ == State::kAnswering) owner_.WaitFor(this, Connections::kAnswering);
  if (close_after_ && state_ == State::kHead) return linger_after_ && !ended_ ? Linger() : Close();
}

// Called when all input that can be used now is used. Chooses what the connection waits for next.
void HttpConnection::Settle() {
  if (state_ == State::kClosed || processing_) return;
  if (!output_.empty()) return WatchFor(UV_WRITABLE);
  if (ended_ && state_ != State::kAnswering) return Close();  // the client cannot complete its request any more
  if (state_ == State::kHead && input_.empty()) owner_.WaitFor(this, Connections::kIdle);
  if (ended_) return WatchFor(0);
  if (state_ != State::kAnswering || input_.size() < ReadAhead()) return WatchFor(UV_READABLE);
  WatchFor(left_ ? 0 : UV_DISCONNECT);  // reads nothing for now, but notices when the client leaves
}

void HttpConnection::WatchFor(int events) {
  if (watch_) watch_->Set(events);
}

void HttpConnection::Linger() {
  state_ = State::kLingering;
  input_.Release();
  shutdown(socket_.get(), SHUT_WR);
  owner_.WaitFor(this, Connections::kLingering);
  WatchFor(UV_READABLE);
}

bool HttpConnection::HasUnread() const {
  char byte;
  return recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

void HttpConnection::BecomeOrphan(std::uint64_t due) {
  const bool owes_nothing = state_ == State::kHead && input_.empty() && output_.empty();
  if (owes_nothing) due = std::min(due, owner_.Now() + static_cast<std::uint64_t>(kLastRequest.count()));
  auto place = owner_.orphans_.end();
  while (place != owner_.orphans_.begin() && std::prev(place)->due > due) --place;
  orphan_ = owner_.orphans_.insert(place, {this, due});
  if (state_ == State::kHead && !output_.empty()) close_after_ = linger_after_ = true;  // a response is being written
}

void HttpConnection::Leave() {
  if (orphan_) owner_.orphans_.erase(*std::exchange(orphan_, std::nullopt));
  state_ = State::kClosed;
  watch_.reset();
  owner_.Unlink(this);
  request_.reset();
  output_.Clear();
  input_.Release();
}

void HttpConnection::Detach(std::string_view unread, Departure why) {
  const auto hold = std::move(self_);
  Bytes kept = ToBytes(unread);
  Leave();
  owner_.Gone(client_);
  owner_.handler_.OnDetached(client_, std::move(socket_), std::move(kept), why);
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  const auto hold = std::move(self_);
  Leave();
  shutdown(socket_.get(), SHUT_WR);  // needed because another process may hold a duplicate of the socket
  socket_.Close();
  owner_.Gone(client_);
  owner_.handler_.OnClosed(client_);
}

void HttpConnection::Expire(std::uint64_t now) {
  const auto hold = self_;
  const auto seconds = [](Milliseconds time) { return static_cast<double>(time.count()) / 1000; };
  since_ = now;
  switch (wait_) {
    case Connections::kIdle:
      return owner_.detach_idle_.count() > 0 ? Detach({}, Departure::kIdle) : Close();
    case Connections::kHead:
      ForgetRequest();
      return RefuseRequest({408, fmt::format("The request's head did not arrive within {} seconds.",
                                             seconds(owner_.limits_.head_time))});
    case Connections::kBody:
      return RefuseRequest({408, fmt::format("The request's body did not arrive within {} seconds.",
                                             seconds(owner_.limits_.body_time))});
    default:
      return Close();
  }
}

}  // namespace zoobar
