// The HTTP connections of clients, on a Loop. This code reads and frames the requests, keeps connections alive, allows
// pipelining, applies the deadlines and writes the responses. The HttpHandler of a role (dispatcher, app, login) decides
// what a request means.
//
// A connection serves one request at a time and sends the responses in the order of the requests. A connection that
// waits for its next request holds no buffer. All connections read into one shared block of memory, which is wiped
// after each read. A connection keeps only the bytes that it could not use yet. No connection has a timer of its own.
// For each kind of deadline there is a list of connections, the oldest first. A sweep checks the lists four times a
// second.
//
// Each request has an id (request/request.h). It is the current request while the handler is called.
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
#include "http/traced_requests.h"
#include "http/turn_shares.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class Connections;
class HttpConnection;

// The client of one connection. The owner of the Connections sets `number` and `dispatcher` and identifies the
// connection by them.
struct Client {
  IpAddress peer;   // the other end of the connection; may be a proxy
  IpAddress asker;  // sender of the latest request; behind a trusted proxy, the address that the proxy reports
  std::uint64_t number = 0;
  bool secure = false;           // the connection itself is TLS, which edge has removed
  std::uint32_t dispatcher = 0;  // in app and login: which instance of dispatcher assigned `number`
  std::uint32_t requests = 0;    // how many requests were answered on this connection
  std::uint32_t https_port = 0;  // redirect each request that is not over TLS to https at this port; 0: serve it
  RequestId request;             // of the request that the unread bytes begin with, if an owner has read its head
};

// A complete request. Its bytes are wiped when it is destroyed. It can be moved but not copied, because a copy would
// put its secrets into memory a second time.
struct Request {
  RequestHead head;  // its views point into head_bytes
  Bytes head_bytes;
  Bytes body;
  IpAddress address;    // the client's address; behind a trusted proxy, the address that the proxy reports
  bool secure = false;  // the connection is TLS, or a trusted proxy says that the client uses TLS

  Request() = default;
  Request(Request&&) = default;
  Request& operator=(Request&&) = default;
};

// The right and the duty to answer one request. An Exchange may outlive its connection; then its answer has no effect.
// If an Exchange is destroyed without an answer, the client gets status 500.
class Exchange {
 public:
  Exchange() = default;
  Exchange(std::weak_ptr<HttpConnection> connection, std::uint32_t request)
      : connection_(std::move(connection)), request_(request) {}
  Exchange(Exchange&& other) noexcept : connection_(std::move(other.connection_)), request_(other.request_) {}
  Exchange& operator=(Exchange&& other) noexcept;
  ~Exchange();

  // Sends the response. An Exchange can answer only once, with one of these two functions.
  void Answer(Response response);
  void Answer(const PreparedResponse& response, std::string_view member = {});
  // Whether the client still waits for this answer. A handler can use it to skip work that nobody needs any more.
  bool alive() const;

 private:
  std::weak_ptr<HttpConnection> connection_;
  std::uint32_t request_ = 0;
};

// One answered request, for the access log. The views are valid only until HttpHandler::OnServed returns.
struct Served {
  IpAddress address;
  std::string_view method, path;  // "-" if the head could not be parsed
  int status;
  std::uint64_t bytes;   // size of the response's body
  std::uint32_t micros;  // time from the end of the request's head until the response was composed
  std::string_view member;
  RequestId request;
};

enum class Verdict {
  kServe,     // read the body, then call OnRequest
  kAnswered,  // OnHead has called AnswerNow
  kDetach,    // another owner serves this request; OnDetached gets the connection and all bytes from this head on
};

enum class Departure {
  kNotMine,  // OnHead returned kDetach
  kIdle,     // the next request did not come within Options::detach_idle
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called with the path of a request whose head is not complete yet, if Options::first_bytes is set. Returns whether
  // this owner serves the path. If not, the connection is detached with the bytes that were read. `path` begins with "/"
  // and has only letters, digits and "-._~/".
  virtual bool ServesPath(std::string_view /*path*/) { return true; }
  // Called when the head of a request is complete. `head` is valid only during the call. After kDetach this may be
  // called a second time with the same head, because earlier responses must be written before the connection can be
  // detached. Between the last of these calls and OnDetached no other function of the handler is called.
  virtual Verdict OnHead(HttpConnection& connection, const RequestHead& head) = 0;
  virtual void OnRequest(Exchange exchange, Request request) = 0;
  // The connection leaves these Connections, and the handler passes the socket on to the next owner. All responses are
  // written. `unread` contains every byte that was read from the socket but not used. These bytes may contain secrets.
  virtual void OnDetached(Client client, Fd socket, Bytes unread, Departure why) = 0;
  // The connection has ended and its socket is closed.
  virtual void OnClosed(const Client&) {}
  virtual void OnServed(const Served&) {}
};

// All connections of one owner. The destructor closes them without calling the handler.
class Connections {
 public:
  struct Options {
    HttpLimits limits;
    TrustedProxies trusted;
    // A connection that has waited this long for its next request is detached with Departure::kIdle. If this is zero,
    // the connection is closed after limits.idle_time instead.
    Milliseconds detach_idle{0};
    // Whether Client::dispatcher and Client::number together identify a connection. Number 0 means that a connection
    // has no number. Numbers are below 2^40. GiveWay and EndSoon work only if this is true.
    bool numbered = false;
    // How many requests that begin in one second are traced (TracedRequests).
    std::uint32_t traced_per_second = 0;
    // If this is not zero, a connection reads at most this many bytes of a request before the handler has seen the
    // path (HttpHandler::ServesPath). A request of another owner is then detached with these bytes, so that its body
    // never comes into this process. A path that is not whole within these bytes is detached too, and so is one that is
    // percent-encoded or that does not begin with "/"; the next owner reads the whole head and decides. Of a body with a
    // Content-Length nothing is read beyond its end, and while a request is being answered no more than first_bytes of
    // the next one.
    //
    // Limits: only what this process reads itself is bounded, not the bytes that Adopt is given. And if a client sends
    // several requests without waiting for answers, the read of one head, or of a chunked body, may take the bytes that
    // come after it in the same segment. They are wiped when the connection is detached.
    std::size_t first_bytes = 0;
  };

  // `handler` must outlive this object.
  Connections(Loop& loop, HttpHandler& handler, Options options);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Serves this connected stream socket from now on. `unread` contains the bytes that the previous owner read from the
  // socket but did not use. The handler may be called before Adopt returns.
  void Adopt(Fd socket, Client client, Bytes unread = {});
  // Sends a response without reading a request, then closes the connection. Used for a client that exceeds a limit.
  void Refuse(Fd socket, Client client, Response response);

  // Closes the connection that `client` identifies by dispatcher and number, if the connection waits for the client:
  // for a request, for the rest of a request, or for the client to close. If `also_writing` is true, also closes a
  // connection that waits until the client reads a response. Returns false if no connection was closed.
  bool GiveWay(const Client& client, bool also_writing);
  // Closes the connection if GiveWay(client, false) would. If the request is still being answered or the response is
  // being written, the connection becomes an orphan instead (see Orphan). Does nothing if the connection is not here.
  void EndSoon(const Client& client, Milliseconds time);
  // Makes orphans of all connections for which `is_one` returns true. An orphan is a connection that no other owner
  // will take back. An orphan that waits for its next request still gets it, if it comes within two seconds, so that the
  // client learns from the response that the connection ends. Otherwise it ends after its present response, or after the
  // duration `time`. Until then it counts like every other connection.
  void Orphan(const std::function<bool(const Client&)>& is_one, Milliseconds time);
  // Closes the oldest orphan. Returns false if there is no orphan.
  bool CloseOldestOrphan();
  // Ends all connections. A connection that waits for a further request ends at once: it is closed, or detached if
  // detach_idle is not zero. One that waits for its first request still gets it, if it comes within half a second of the
  // connection: the client cannot know better. A further request that has come, but was not read yet, is still answered.
  // Every other connection ends after its present response. Calls `done` when no connection is left.
  void Drain(std::function<void()> done);
  // The new limits apply from the next deadline check and the next head on.
  void SetLimits(const HttpLimits& limits, TrustedProxies trusted);
  void SetTracedPerSecond(std::uint32_t requests) { traced_.SetPerSecond(requests); }

  std::size_t size() const { return count_; }
  std::size_t idle() const { return lists_[0].count; }
  std::size_t orphans() const { return orphans_.size(); }
  std::uint64_t requests() const { return requests_; }

  // Applies the deadlines as if the loop's clock showed `now` (milliseconds, as uv_now). A timer calls this function.
  // It is public only for tests.
  void Sweep(std::uint64_t now);

 private:
  friend class HttpConnection;
  friend class Exchange;
  // What a connection waits for. Each kind except kAnswering has its own deadline.
  enum Wait { kIdle, kHead, kBody, kWriting, kLingering, kAnswering, kWaits };
  struct List {
    HttpConnection* first = nullptr;
    HttpConnection* last = nullptr;
    std::size_t count = 0;
  };

  // Puts the connection into the list for `wait` and starts the deadline of that list for it.
  void WaitFor(HttpConnection* connection, Wait wait);
  void Unlink(HttpConnection* connection);
  void Add(Fd socket, Client client, const std::function<void(HttpConnection&)>& begin);
  void Gone(const Client& client);
  static std::uint64_t KeyOf(const Client& client) { return std::uint64_t{client.dispatcher} << 40 | client.number; }
  HttpConnection* Find(const Client& client) const;  // nullptr if the connection is not here
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
  const std::size_t first_bytes_;
  HeadParser parser_;
  BufferPool pool_;
  DateLine date_;
  TurnShares turns_;
  TracedRequests traced_;
  RequestHead head_;  // reused for every request
  Bytes scratch_;     // every read from a socket goes here first
  List lists_[kWaits];
  std::unordered_map<std::uint64_t, HttpConnection*> by_number_;
  std::list<Orphaned> orphans_;  // the oldest first
  std::size_t count_ = 0;
  std::uint64_t requests_ = 0;
  Timer sweep_;
  bool in_head_ = false;  // the handler's OnHead is running and uses head_
  bool draining_ = false;
  std::function<void()> drained_;
};

// One connection. Connections creates and owns this object. A handler may use it only during OnHead.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Connections& owner, Fd socket, Client client);
  ~HttpConnection();

  const Client& client() const { return client_; }
  // The sender of the request whose head OnHead is looking at. If the peer is a trusted proxy, this is the address that
  // the proxy reports.
  const TrustedProxies::Client& from() const { return from_; }

  // Answers the request at once. May be called only during OnHead and only for a request without a body. OnHead must
  // then return kAnswered.
  void AnswerNow(const PreparedResponse& response);
  void AnswerNow(const Response& response);
  // The same for any request. A body is not read, so the connection ends after this response.
  void AnswerWithoutBody(const Response& response);

 private:
  friend class Connections;
  friend class Exchange;
  enum class State { kHead, kBody, kAnswering, kLingering, kClosed };
  // At most this many bytes of the following requests are read while a request is being answered.
  static constexpr std::size_t kReadAhead = 16 * 1024;
  // How many empty lines before a request are skipped. (RFC 9112, 2.2 asks for at least one.)
  static constexpr int kEmptyLines = 8;

  void Start(std::string_view unread);
  void OnReady(int events);
  // The address whose share of the loop's time pays for this connection's events (see TurnShares). It is the sender of
  // the latest request, or the peer if there was no request yet. Behind a proxy the sender of the next request is
  // unknown until the request is read.
  const IpAddress& payer() const { return client_.asker == IpAddress() ? client_.peer : client_.asker; }

  // Reading (connection_read.cc).
  void ReadReady();
  ssize_t Receive();
  std::size_t MayRead() const;    // how many bytes may be read now
  std::size_t ReadAhead() const;  // how many bytes of the next requests may be read while one is being answered
  // Whether this owner serves the request that begins with these bytes. Returns nullopt if more bytes are needed.
  std::optional<bool> ServesRequest(std::string_view bytes) const;
  void Discard();
  void Took(std::string_view fresh);
  void ProcessKept();
  std::size_t Process(std::string_view bytes);  // returns how many bytes it used
  std::size_t ProcessHead(std::string_view bytes);
  std::size_t AwaitHead(std::string_view bytes);
  std::size_t GiveAway(std::string_view bytes);
  std::size_t SkipEmptyLine(std::string_view bytes);
  std::size_t ProcessBody(std::string_view bytes);
  RequestId IdOf(const RequestHead& head);
  std::size_t OnWholeHead(std::string_view bytes, const RequestHead& head);
  std::size_t BeginRequest(std::string_view bytes, const RequestHead& head);
  std::size_t FeedChunks(std::string_view bytes);
  void Deliver();
  void ForgetRequest();
  void RefuseRequest(const Refusal& refusal);

  // Answering requests and ending the connection (connection.cc).
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
  // Whether the socket has bytes that were not read yet. Closing it then would lose a request.
  bool HasUnread() const;
  void Expire(std::uint64_t now);
  void WatchFor(int events);

  Connections& owner_;
  Fd socket_;
  Client client_;
  TurnShares::Source source_;
  std::optional<Watch> watch_;

  State state_ = State::kHead;
  bool processing_ = false;    // Process is running; it flushes the responses at its end
  bool ended_ = false;         // the client has shut down its side, and everything it sent has been read
  bool left_ = false;          // the client has shut down its side, and part of what it sent is unread
  bool close_after_ = false;   // close the connection when all output is written
  bool linger_after_ = false;  // after that, read on for a while so that the client can read the response
  bool keep_alive_ = false;    // the present request allows further requests on this connection
  bool head_only_ = false;     // the method of the present request is HEAD
  int minor_version_ = 1;
  std::uint32_t serial_ = 0;  // number of the present request
  std::size_t scanned_ = 0;   // how far HeadParser has searched for the end of the head
  int empty_lines_ = 0;       // how many were skipped before the next request
  bool served_here_ = false;  // ServesPath has said that the owner serves the request whose head is being read

  ByteQueue input_;  // bytes that were read but not used yet
  Output output_;
  std::unique_ptr<Request> request_;  // set while the body of the request is being read
  std::optional<ChunkedDecoder> chunks_;

  RequestId id_;  // of the present request
  // Data of the present request, for the access log.
  std::int64_t began_micros_ = 0;
  TrustedProxies::Client from_;
  std::string_view method_ = "-";
  std::string path_ = "-";

  // The connection's place in one of its owner's lists. wait_ tells which list, or is -1 if it is in none; since_ is
  // the time when it was put there. self_ keeps the object alive while the connection is open.
  HttpConnection* previous_ = nullptr;
  HttpConnection* next_ = nullptr;
  int wait_ = -1;
  std::uint64_t since_ = 0;
  // The place in the owner's list of orphans. If this is set, the connection closes as soon as it owes no response.
  std::optional<std::list<Connections::Orphaned>::iterator> orphan_;
  std::shared_ptr<HttpConnection> self_;
};

}  // namespace zoobar
