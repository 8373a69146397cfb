// Client connections on a Loop: reading, framing, keep-alive, pipelining, deadlines, writing. What a request means is
// the HttpHandler's business (the dispatcher's, the app's).
//
// One request of a connection is served at a time; answers go out in order. A connection that waits for its next
// request holds no buffer: input is read into one block shared by all and wiped there, and only what is left over is
// kept. Deadlines cost no timer per connection: each kind has a list in order of age, swept a few times a second.
//
// A typical handler:
//   Verdict OnHead(HttpConnection& c, const RequestHead& head) { return Mine(head.path()) ? kServe : kDetach; }
//   void OnRequest(Exchange exchange, Request request) { Spawn(Serve(std::move(exchange), std::move(request))); }
//   Task<void> Serve(Exchange exchange, Request request) { ...; exchange.Answer(std::move(page)); }
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/address.h"
#include "http/chunked.h"
#include "http/date.h"
#include "http/head.h"
#include "http/limits.h"
#include "http/output.h"
#include "http/response.h"
#include "http/turn_shares.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class Connections;
class HttpConnection;

// Who is at the other end, and under which number its owner keeps it. The last two are the owner's own.
struct Client {
  IpAddress peer;   // of the connection itself; may be a proxy's
  IpAddress asker;  // of its latest request; behind a trusted proxy, the one it names
  std::uint64_t number = 0;
  std::uint32_t dispatcher = 0;  // in app: the dispatcher's instance that number belongs to
  std::uint32_t requests = 0;    // answered on it so far
};

// A whole request. Wiped when destroyed; move-only in spirit: copies are a second secret.
struct Request {
  RequestHead head;  // refers to head_bytes
  Bytes head_bytes;
  Bytes body;
  IpAddress address;    // the client's; behind a trusted proxy, the one it names
  bool secure = false;  // the client came by TLS, says a trusted proxy

  Request() = default;
  Request(Request&&) = default;
  Request& operator=(Request&&) = default;
};

// The right and duty to answer one request. May outlive the connection: answering is then without effect. Destroyed
// without an answer it answers 500.
class Exchange {
 public:
  Exchange() = default;
  Exchange(std::weak_ptr<HttpConnection> connection, std::uint32_t request)
      : connection_(std::move(connection)), request_(request) {}
  Exchange(Exchange&& other) noexcept : connection_(std::move(other.connection_)), request_(other.request_) {}
  Exchange& operator=(Exchange&& other) noexcept;
  ~Exchange();

  // At most one of them, once.
  void Answer(Response response);
  void Answer(const PreparedResponse& response, std::string_view member = {});
  // Whether the client is still there, for work that can be spared otherwise.
  bool alive() const;

 private:
  std::weak_ptr<HttpConnection> connection_;
  std::uint32_t request_ = 0;
};

// One answered request, for the access log. Views are valid during the call.
struct Served {
  IpAddress address;
  std::string_view method, path;  // "-" where the head could not be parsed
  int status;
  std::uint64_t bytes;   // of the body
  std::uint32_t micros;  // from head read to answer laid out
  std::string_view member;
};

enum class Verdict {
  kServe,     // read the body, then OnRequest
  kAnswered,  // OnHead has answered by AnswerNow
  kDetach,    // not this owner's: OnDetached gets the connection with every unread byte, this head first
};

enum class Departure {
  kNotMine,  // OnHead said kDetach
  kIdle,     // waited longer than Options::detach_idle for its next request
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // A head is whole. It is valid during the call. May be asked twice about one that it has said kDetach to, where
  // earlier answers had to be written first.
  virtual Verdict OnHead(HttpConnection& connection, const RequestHead& head) = 0;
  virtual void OnRequest(Exchange exchange, Request request) = 0;
  // The socket, with all answers written and nothing lost. `unread` may hold secrets.
  virtual void OnDetached(Client client, Fd socket, Bytes unread, Departure why) = 0;
  // The connection has ended; its socket is closed.
  virtual void OnClosed(const Client&) {}
  virtual void OnServed(const Served&) {}
};

// All connections of one owner. Destroying it closes them without calling the handler.
class Connections {
 public:
  struct Options {
    HttpLimits limits;
    TrustedProxies trusted;
    // After waiting this long for a next request a connection is detached instead of kept; zero: never.
    Milliseconds detach_idle{0};
    // Client::dispatcher and number (under 2^40) tell each connection from the others, but for number 0; GiveWay and
    // EndSoon may be asked.
    bool numbered = false;
  };

  // handler outlives it.
  Connections(Loop& loop, HttpHandler& handler, Options options);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Serves this connected stream socket from now on. `unread` was read from it before and not used. The handler may be
  // called before Adopt returns.
  void Adopt(Fd socket, Client client, Bytes unread = {});
  // Answers without reading a request, then closes: for clients over a cap.
  void Refuse(Fd socket, Client client, Response response);

  // Closes the connection of this client's dispatcher and number if it waits for its client: for a request, for the
  // rest of one, for the end. also_writing: also if it waits for the client to take what is being written. False: it
  // does not, or is not here.
  bool GiveWay(const Client& client, bool also_writing);
  // The same, and if it is being answered it becomes an orphan (below). Nothing if it is not here.
  void EndSoon(const Client& client, Milliseconds time);
  // Nobody wants back those whose client `is_one` names: orphans. Those that wait for a next request are closed, every
  // other one ends after its present answer, or after `time`. While they last they are counted like the rest.
  void Orphan(const std::function<bool(const Client&)>& is_one, Milliseconds time);
  // Closes the one that has been an orphan for longest; false if there is none.
  bool CloseOldestOrphan();
  // Closes those that wait, ends every other one after its present answer. `done` once none is left.
  void Drain(std::function<void()> done);
  // From now on.
  void SetLimits(const HttpLimits& limits, TrustedProxies trusted);

  std::size_t size() const { return count_; }
  std::size_t idle() const { return lists_[0].count; }
  std::size_t orphans() const { return orphans_.size(); }
  std::uint64_t requests() const { return requests_; }

  // Applies deadlines as if the loop's clock showed this (uv_now's milliseconds). Runs by itself; public for tests.
  void Sweep(std::uint64_t now);

 private:
  friend class HttpConnection;
  friend class Exchange;
  // What a connection waits for, each with its own deadline.
  enum Wait { kIdle, kHead, kBody, kWriting, kLingering, kAnswering, kWaits };
  struct List {
    HttpConnection* first = nullptr;
    HttpConnection* last = nullptr;
    std::size_t count = 0;
  };

  // (Re)starts the deadline of what it waits for.
  void WaitFor(HttpConnection* connection, Wait wait);
  void Unlink(HttpConnection* connection);
  void Add(Fd socket, Client client, const std::function<void(HttpConnection&)>& begin);
  void Gone(const Client& client);
  static std::uint64_t KeyOf(const Client& client) { return std::uint64_t{client.dispatcher} << 40 | client.number; }
  HttpConnection* Find(const Client& client) const;  // null: not here
  void SweepSometimes();
  std::uint64_t Now() const { return uv_now(loop_.uv()); }
  Milliseconds TimeFor(Wait wait) const;

  struct Orphaned {
    HttpConnection* connection;
    std::uint64_t due;
  };

  Loop& loop_;
  HttpHandler& handler_;
  HttpLimits limits_;
  TrustedProxies trusted_;
  const Milliseconds detach_idle_;
  const bool numbered_;
  HeadParser parser_;
  BufferPool pool_;
  DateLine date_;
  TurnShares turns_;
  RequestHead head_;  // parsed into anew for every request
  Bytes scratch_;     // every read lands here first
  List lists_[kWaits];
  std::unordered_map<std::uint64_t, HttpConnection*> by_number_;
  std::list<Orphaned> orphans_;  // the oldest first
  std::size_t count_ = 0;
  std::uint64_t requests_ = 0;
  Timer sweep_;
  bool in_head_ = false;  // head_ is being looked at
  bool draining_ = false;
  std::function<void()> drained_;
};

// One of them. Made and kept by Connections; handlers see it within OnHead.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Connections& owner, Fd socket, Client client);
  ~HttpConnection();

  const Client& client() const { return client_; }
  // The client of the request whose head is being looked at; behind a trusted proxy, the one it names.
  const TrustedProxies::Client& from() const { return from_; }

  // Within OnHead alone, for a request without body: answers at once; OnHead then returns kAnswered.
  void AnswerNow(const PreparedResponse& response);
  void AnswerNow(const Response& response);

 private:
  friend class Connections;
  friend class Exchange;
  enum class State { kHead, kBody, kAnswering, kLingering, kClosed };
  // While a request is being answered, so much of the next ones is read ahead.
  static constexpr std::size_t kReadAhead = 16 * 1024;
  // Empty lines before a request that are read over (RFC 9112, 2.2: at least one).
  static constexpr int kEmptyLines = 8;

  void Start(std::string_view unread);
  void OnReady(int events);
  // From whose share of the loop's time its events are handled: the latest request's sender, or whoever connected. Who
  // sends the next request of a proxy is not known before it is read.
  const IpAddress& payer() const { return client_.asker == IpAddress() ? client_.peer : client_.asker; }

  // Reading (connection_read.cc).
  void ReadReady();
  void Discard();
  void Took(std::string_view fresh);
  void ProcessKept();
  std::size_t Process(std::string_view bytes);  // gives how many it used up
  std::size_t ProcessHead(std::string_view bytes);
  std::size_t SkipEmptyLine(std::string_view bytes);
  std::size_t ProcessBody(std::string_view bytes);
  std::size_t OnWholeHead(std::string_view bytes, const RequestHead& head);
  std::size_t BeginRequest(std::string_view bytes, const RequestHead& head);
  std::size_t FeedChunks(std::string_view bytes);
  void Deliver();
  void ForgetRequest();
  void RefuseRequest(const Refusal& refusal);

  // Answering and the end (connection.cc).
  void AnswerRequest(std::uint32_t request, const PreparedResponse& response, std::string_view member);
  void AnswerRequest(std::uint32_t request, const Response& response);
  void Answered(int status, std::uint64_t bytes, std::string_view member);
  void Compose(const PreparedResponse& response);
  void Compose(const Response& response);
  Buffer& BeginAnswer(int status, bool close);
  void Flush();
  void AfterWrite();
  void Settle();
  void Linger();
  void Detach(std::string_view unread, Departure why);
  void Close();
  void Leave();
  void BecomeOrphan(std::uint64_t due);
  void Expire(std::uint64_t now);
  void WatchFor(int events);

  Connections& owner_;
  Fd socket_;
  Client client_;
  TurnShares::Source source_;
  std::optional<Watch> watch_;

  State state_ = State::kHead;
  bool processing_ = false;    // inside Process: answers are flushed at its end
  bool ended_ = false;         // the client sends no more, and all it sent is read
  bool left_ = false;          // the client sends no more, and some of what it sent is unread
  bool close_after_ = false;   // once everything is written
  bool linger_after_ = false;  // and then read on for a while, so that the client gets to see the answer
  bool keep_alive_ = false;    // as the request being served allows
  bool head_only_ = false;     // HEAD
  int minor_version_ = 1;
  std::uint32_t serial_ = 0;  // of the request being served
  std::size_t scanned_ = 0;   // HeadParser's mark
  int empty_lines_ = 0;       // before the next request

  ByteQueue input_;  // read and not used yet
  Output output_;
  std::unique_ptr<Request> request_;  // while its body is being read
  std::optional<ChunkedDecoder> chunks_;

  // Of the request being served, for the access log.
  std::int64_t began_micros_ = 0;
  TrustedProxies::Client from_;
  std::string_view method_ = "-";
  std::string path_ = "-";

  // Its place in its owner's lists, and what keeps it in being while it is open.
  HttpConnection* previous_ = nullptr;
  HttpConnection* next_ = nullptr;
  int wait_ = -1;
  std::uint64_t since_ = 0;
  std::optional<std::list<Connections::Orphaned>::iterator> orphan_;  // then it ends as soon as it owes no answer
  std::shared_ptr<HttpConnection> self_;
};

}  // namespace zoobar
