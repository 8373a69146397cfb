// The part of HttpConnection that reads bytes and turns them into requests.
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "http/connection.h"

namespace zoobar {
namespace {

void AppendTo(Bytes* bytes, std::string_view more) {
  const std::size_t had = bytes->size();
  bytes->resize(had + more.size());
  if (!more.empty()) std::memcpy(bytes->data() + had, more.data(), more.size());
}

// The bytes of a path that means the same to every reader.
constexpr std::string_view kPlainPath = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

// Whether the connection was reset or failed in another way. getsockopt also clears the error.
bool Failed(int socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

}  // namespace

void HttpConnection::ReadReady() {
  if (state_ == State::kLingering) return Discard();
  // If nothing is to be read now, the event means that the client has left or that the connection has failed.
  if (!output_.empty()) {
    Flush();
    if (state_ != State::kClosed && output_.empty()) ProcessKept();
    return;
  }
  if (state_ == State::kAnswering && input_.size() >= ReadAhead()) {
    if (Failed(socket_.get())) return Close();
    left_ = true;
    return Settle();
  }
  Bytes& scratch = owner_.scratch_;
  const ssize_t count = Receive();
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) Close();
    return;
  }
  if (count == 0) {
    ended_ = true;
    return Settle();
  }
  Took({scratch.data(), static_cast<std::size_t>(count)});
  sodium_memzero(scratch.data(), static_cast<std::size_t>(count));
}

// Reads into the block that all connections share. Returns what recv returns.
ssize_t HttpConnection::Receive() {
  Bytes& scratch = owner_.scratch_;
  const std::size_t first = MayRead();
  const ssize_t count = recv(socket_.get(), scratch.data(), first, 0);
  const bool looks = owner_.first_bytes_ > 0 && state_ == State::kHead && !served_here_ && input_.empty();
  if (!looks || count < static_cast<ssize_t>(first) || first == scratch.size()) return count;
  // The usual case: the first bytes name a path of this owner, and the rest has arrived too. One more read takes it.
  served_here_ = ServesRequest({scratch.data(), first}).value_or(false);
  if (!served_here_) return count;
  const ssize_t more = recv(socket_.get(), scratch.data() + first, scratch.size() - first, 0);
  return more > 0 ? count + more : count;  // the next read finds the end of the connection, or its failure, again
}

std::size_t HttpConnection::ReadAhead() const { return owner_.first_bytes_ > 0 ? owner_.first_bytes_ : kReadAhead; }

std::size_t HttpConnection::MayRead() const {
  const std::size_t all = owner_.scratch_.size(), first = owner_.first_bytes_;
  if (first == 0 || (state_ == State::kHead && served_here_)) return all;
  if (state_ != State::kBody) return first - std::min(first - 1, input_.size());
  if (chunks_) return all;
  return std::min(all, static_cast<std::size_t>(*request_->head.content_length) - request_->body.size());
}

std::optional<bool> HttpConnection::ServesRequest(std::string_view bytes) const {
  const std::size_t blank = bytes.find(' ');
  if (blank == bytes.npos) return std::nullopt;
  const std::string_view target = bytes.substr(blank + 1);
  const std::size_t end = target.find_first_not_of(kPlainPath);
  if (end == target.npos) return std::nullopt;
  const std::string_view path = target.substr(0, end);
  const bool whole = target[end] == ' ' || target[end] == '?';
  return whole && path.starts_with('/') && owner_.handler_.ServesPath(path);
}

void HttpConnection::Discard() {
  Bytes& scratch = owner_.scratch_;
  const ssize_t count = recv(socket_.get(), scratch.data(), scratch.size(), 0);
  if (count > 0) sodium_memzero(scratch.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) Close();
}

// Uses bytes that were just read. Usually all of them are used at once, so that nothing needs to be copied to input_.
void HttpConnection::Took(std::string_view fresh) {
  if (input_.empty()) {
    const std::size_t used = Process(fresh);
    if (state_ == State::kClosed || state_ == State::kLingering) return;
    if (used < fresh.size()) input_.Append(fresh.substr(used));
    return Settle();
  }
  input_.Append(fresh);
  ProcessKept();
}

void HttpConnection::ProcessKept() {
  if (!input_.empty()) {
    const std::size_t used = Process(input_.view());
    if (state_ == State::kClosed || state_ == State::kLingering) return;
    input_.Consume(used);
    if (input_.empty()) input_.Release();
  }
  Settle();
}

std::size_t HttpConnection::Process(std::string_view bytes) {
  processing_ = true;
  std::size_t used = 0;
  while ((state_ == State::kHead || state_ == State::kBody) && !close_after_) {
    if (output_.plenty()) {
      Flush();
      if (!output_.empty() || state_ == State::kClosed) break;
    }
    const std::string_view rest = bytes.substr(used);
    const std::size_t step = state_ == State::kHead ? ProcessHead(rest) : ProcessBody(rest);
    used += step;
    if (step == 0) break;
  }
  processing_ = false;
  if (state_ != State::kClosed && !output_.empty()) Flush();
  return used;
}

// Skips an empty line before a request. A connection that has received only empty lines still counts as waiting for its
// next request.
std::size_t HttpConnection::SkipEmptyLine(std::string_view bytes) {
  if (scanned_ > 0 || empty_lines_ == kEmptyLines || bytes.substr(0, 2) != "\r\n") return 0;
  ++empty_lines_;
  return 2;
}

std::size_t HttpConnection::ProcessHead(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (const std::size_t empty = SkipEmptyLine(bytes)) return empty;
  if (bytes == "\r" && empty_lines_ < kEmptyLines) {
    if (wait_ != Connections::kHead) owner_.WaitFor(this, Connections::kHead);
    return 0;
  }
  Refusal refusal;
  switch (owner_.parser_.Parse(bytes, &scanned_, &owner_.head_, &refusal)) {
    case HeadParser::Outcome::kIncomplete:
      return AwaitHead(bytes);
    case HeadParser::Outcome::kRefused:
      ForgetRequest();
      RefuseRequest(refusal);
      return bytes.size();
    case HeadParser::Outcome::kComplete:
      break;
  }
  scanned_ = 0;
  owner_.in_head_ = true;
  const std::size_t used = OnWholeHead(bytes, owner_.head_);
  owner_.in_head_ = false;
  return used;
}

// Called when only a part of the head is there.
std::size_t HttpConnection::AwaitHead(std::string_view bytes) {
  if (owner_.first_bytes_ > 0 && !served_here_) {
    const std::optional<bool> here = ServesRequest(bytes);
    if (!here.value_or(bytes.size() < owner_.first_bytes_)) return GiveAway(bytes);
    served_here_ = here.value_or(false);
  }
  if (wait_ != Connections::kHead) owner_.WaitFor(this, Connections::kHead);
  return 0;
}

// Detaches the connection as soon as all output is written. Until then no byte of `bytes` is used, and this function is
// called again.
std::size_t HttpConnection::GiveAway(std::string_view bytes) {
  if (!output_.empty()) Flush();
  if (!output_.empty() || state_ == State::kClosed) return 0;
  Detach(bytes, Departure::kNotMine);
  return bytes.size();
}

// The id is the one that an earlier owner of the connection gave to this request, or the one that a trusted proxy sent,
// or a new one.
RequestId HttpConnection::IdOf(const RequestHead& head) {
  const RequestId given = std::exchange(client_.request, RequestId());
  if (!given.none()) return given;
  std::optional<RequestId> id;
  if (owner_.trusted_.Trusts(client_.peer)) {
    id = RequestId::FromTraceparent(head.SingleField("traceparent").value_or(std::string_view()));
  }
  if (!id) id = RequestId::New();
  id->traced = id->traced || owner_.traced_.Take(from_.address.CapKey(), began_micros_);
  return *id;
}

std::size_t HttpConnection::OnWholeHead(std::string_view bytes, const RequestHead& head) {
  ++serial_;
  empty_lines_ = 0;
  served_here_ = false;
  began_micros_ = MonotonicMicros();
  keep_alive_ = head.keep_alive;
  minor_version_ = head.minor_version;
  head_only_ = head.method == HttpMethod::kHead;
  method_ = MethodName(head.method);
  path_ = head.path();
  from_ = owner_.trusted_.ClientOf(client_.peer, head);
  client_.asker = from_.address;
  id_ = IdOf(head);
  const RequestScope scope(id_);
  const std::size_t size = head.size;
  switch (owner_.handler_.OnHead(*this, head)) {
    case Verdict::kAnswered:
      return size;
    case Verdict::kServe:
      return BeginRequest(bytes, head);
    case Verdict::kDetach:
      break;
  }
  client_.request = id_;
  return GiveAway(bytes);
}

std::size_t HttpConnection::BeginRequest(std::string_view bytes, const RequestHead& head) {
  if (head.content_length.value_or(0) > owner_.limits_.body_bytes) {
    RefuseRequest({413, fmt::format("The body is over {} bytes.", owner_.limits_.body_bytes)});
    return bytes.size();
  }
  request_ = std::make_unique<Request>();
  AppendTo(&request_->head_bytes, bytes.substr(0, head.size));
  request_->head = head;
  request_->head.Rebase(request_->head_bytes.data());
  request_->address = from_.address;
  request_->secure = from_.secure || client_.secure;
  const std::size_t size = head.size;
  if (!head.has_body()) {
    Deliver();
    return size;
  }
  if (head.chunked) chunks_.emplace(owner_.limits_.body_bytes, owner_.limits_.chunk_extra_bytes);
  // 100 Continue is sent only if no byte of the body has arrived. A client that has begun to send the body does not
  // wait for it.
  if (head.expects_continue && bytes.size() == size) output_.buffer().Append("HTTP/1.1 100 Continue\r\n\r\n");
  state_ = State::kBody;
  owner_.WaitFor(this, Connections::kBody);
  return size;
}

std::size_t HttpConnection::ProcessBody(std::string_view bytes) {
  if (chunks_) return FeedChunks(bytes);
  Bytes& body = request_->body;
  const std::size_t wanted = static_cast<std::size_t>(*request_->head.content_length) - body.size();
  const std::string_view part = bytes.substr(0, wanted);
  AppendTo(&body, part);
  if (part.size() == wanted) Deliver();
  return part.size();
}

std::size_t HttpConnection::FeedChunks(std::string_view bytes) {
  std::size_t used = 0;
  switch (chunks_->Feed(bytes, &used, &request_->body)) {
    case ChunkedDecoder::Outcome::kMore:
      break;
    case ChunkedDecoder::Outcome::kDone:
      chunks_.reset();
      Deliver();
      break;
    case ChunkedDecoder::Outcome::kMalformed:
      RefuseRequest({400, "The chunked body is malformed."});
      break;
    case ChunkedDecoder::Outcome::kTooLarge:
      RefuseRequest({413, fmt::format("The body is over {} bytes.", owner_.limits_.body_bytes)});
      break;
    case ChunkedDecoder::Outcome::kExtraTooLarge:
      RefuseRequest(
          {400, fmt::format("Chunk extensions and trailers are over {} bytes.", owner_.limits_.chunk_extra_bytes)});
      break;
  }
  return used;
}

void HttpConnection::Deliver() {
  state_ = State::kAnswering;
  owner_.WaitFor(this, Connections::kAnswering);
  Request request = std::move(*request_);
  request_.reset();
  const RequestScope scope(id_);  // the body may have come in a later turn of the loop than the head
  owner_.handler_.OnRequest(Exchange(weak_from_this(), serial_), std::move(request));
}

// Called before a refusal if the head of the request could not be read. Clears the data of the previous request, so
// that the access log does not show them for the refused one.
void HttpConnection::ForgetRequest() {
  method_ = "-";
  path_ = "-";
  minor_version_ = 1;
  head_only_ = false;
  from_ = {client_.peer, false};
  id_ = RequestId::New();
  began_micros_ = MonotonicMicros();
}

// Sends the refusal and ignores all further input. The connection stays open for a while so that the client can read
// the refusal.
void HttpConnection::RefuseRequest(const Refusal& refusal) {
  request_.reset();
  chunks_.reset();
  keep_alive_ = false;
  linger_after_ = true;
  const RequestScope scope(id_);
  Response response = Response::Message(refusal.status, ReasonPhrase(refusal.status), refusal.text);
  if (refusal.status == 405) response.AddField("Allow", "GET, HEAD, POST");
  Compose(response);
  Answered(refusal.status, response.body.size(), {});
}

}  // namespace zoobar
