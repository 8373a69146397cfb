// Client connections on a Loop: reading, framing, keep-alive, pipelining, deadlines, writing. The HttpHandler (of the
// dispatcher or of app) decides what a request means.
//
// A connection serves one request at a time and sends the responses in the order of the requests. A connection that
// waits for its next request holds no buffer: input is read into one block that all connections share and that is wiped
// after each read; only bytes that could not be used yet are kept per connection. There is no timer per connection: for
// each kind of deadline there is a list of connections in order of age, which a sweep checks four times a second.
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

// The client of one connection. `number` and `dispatcher` are set by the owner, who identifies the connection by them.
struct Client {
  IpAddress peer;   // the other end of the connection; may be a proxy
  IpAddress asker;  // sender of the latest request; behind a trusted proxy, the address that the proxy reports
  std::uint64_t number = 0;
  std::uint32_t dispatcher = 0;  // in app: the instance of dispatcher that gave the number
  std::uint32_t requests = 0;    // answered on this connection so far
};

// A complete request. Wiped when destroyed. It can be moved but not copied, because a copy would be a second secret.
struct Request {
  RequestHead head;  // refers to head_bytes
  Bytes head_bytes;
  Bytes body;
  IpAddress address;    // of the client; behind a trusted proxy, the address that the proxy reports
  bool secure = false;  // a trusted proxy says that the client uses TLS

  Request() = default;
  Request(Request&&) = default;
  Request& operator=(Request&&) = default;
};

// The right and the duty to answer one request. It may outlive the connection; an answer then has no effect. An
// Exchange that is destroyed without an answer sends status 500.
class Exchange {
 public:
  Exchange() = default;
  Exchange(std::weak_ptr<HttpConnection> connection, std::uint32_t request)
      : connection_(std::move(connection)), request_(request) {}
  Exchange(Exchange&& other) noexcept : connection_(std::move(other.connection_)), request_(other.request_) {}
  Exchange& operator=(Exchange&& other) noexcept;
  ~Exchange();

  // Call at most one of these, once.
  void Answer(Response response);
  void Answer(const PreparedResponse& response, std::string_view member = {});
  // Whether the client still waits for this answer. A handler can use it to skip work that nobody needs any more.
  bool alive() const;

 private:
  std::weak_ptr<HttpConnection> connection_;
  std::uint32_t request_ = 0;
};

// One answered request, for the access log. Views are valid during the call.
struct Served {
  IpAddress address;
  std::string_view method, path;  // "-" if the head could not be parsed
  int status;
  std::uint64_t bytes;   // of the body
  std::uint32_t micros;  // from the complete head to the composed response
  std::string_view member;
};

enum class Verdict {
  kServe,     // read the body, then call OnRequest
  kAnswered,  // OnHead has called AnswerNow
  kDetach,  // the request is for another owner: OnDetached gets the connection and all unread bytes, from this head on
};

enum class Departure {
  kNotMine,  // OnHead returned kDetach
  kIdle,     // the next request did not come within Options::detach_idle
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called when a head is complete. `head` is valid during the call. If earlier responses must be written before the
  // connection can be detached, this is called a second time for a head to which it returned kDetach.
  virtual Verdict OnHead(HttpConnection& connection, const RequestHead& head) = 0;
  virtual void OnRequest(Exchange exchange, Request request) = 0;
  // Passes on the socket. All responses are written, and `unread` contains every byte that was read and not used. It
  // may contain secrets.
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
    // A connection that waits this long for its next request is detached instead of kept. Zero: never.
    Milliseconds detach_idle{0};
    // Whether Client::dispatcher and Client::number identify each connection, except for number 0. Numbers are below
    // 2^40. GiveWay and EndSoon need this.
    bool numbered = false;
  };

  // `handler` must outlive this object.
  Connections(Loop& loop, HttpHandler& handler, Options options);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Serves this connected stream socket from now on. `unread` are bytes that were read from it before and not used. The
  // handler may be called before Adopt returns.
  void Adopt(Fd socket, Client client, Bytes unread = {});
  // Sends a response without reading a request, then closes the connection. For clients over a limit.
  void Refuse(Fd socket, Client client, Response response);

  // Closes the connection with this client's dispatcher and number if it waits for the client: for a request, for the
  // rest of a request, or for the client to close. also_writing: also if it waits for the client to read the response.
  // Returns false if the connection does not wait in this way, or is not here.
  bool GiveWay(const Client& client, bool also_writing);
  // As GiveWay, and a connection that is being answered becomes an orphan (see Orphan). Does nothing if the connection
  // is not here.
  void EndSoon(const Client& client, Milliseconds time);
  // Makes orphans of all connections for which `is_one` returns true: connections that nobody will take back. An orphan
  // that waits for its next request is closed at once. Every other orphan ends after its present response, or after
  // `time`. Until then orphans count like all other connections.
  void Orphan(const std::function<bool(const Client&)>& is_one, Milliseconds time);
  // Closes the oldest orphan. Returns false if there is none.
  bool CloseOldestOrphan();
  // Closes the connections that wait for a request, and each other one after its present response. Calls `done` when
  // none is left.
  void Drain(std::function<void()> done);
  // The new limits apply from the next deadline check and the next head on.
  void SetLimits(const HttpLimits& limits, TrustedProxies trusted);

  std::size_t size() const { return count_; }
  std::size_t idle() const { return lists_[0].count; }
  std::size_t orphans() const { return orphans_.size(); }
  std::uint64_t requests() const { return requests_; }

  // Applies the deadlines as if the loop's clock showed `now` (milliseconds, as uv_now). A timer calls this; it is
  // public for tests.
  void Sweep(std::uint64_t now);

 private:
  friend class HttpConnection;
  friend class Exchange;
  // What a connection waits for. Each kind has its own deadline.
  enum Wait { kIdle, kHead, kBody, kWriting, kLingering, kAnswering, kWaits };
  struct List {
    HttpConnection* first = nullptr;
    HttpConnection* last = nullptr;
    std::size_t count = 0;
  };

  // Starts the deadline for what the connection waits for now.
  void WaitFor(HttpConnection* connection, Wait wait);
  void Unlink(HttpConnection* connection);
  void Add(Fd socket, Client client, const std::function<void(HttpConnection&)>& begin);
  void Gone(const Client& client);
  static std::uint64_t KeyOf(const Client& client) { return std::uint64_t{client.dispatcher} << 40 | client.number; }
  HttpConnection* Find(const Client& client) const;  // nullptr: not here
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
  RequestHead head_;  // reused for every request
  Bytes scratch_;     // every read goes here first
  List lists_[kWaits];
  std::unordered_map<std::uint64_t, HttpConnection*> by_number_;
  std::list<Orphaned> orphans_;  // the oldest first
  std::size_t count_ = 0;
  std::uint64_t requests_ = 0;
  Timer sweep_;
  bool in_head_ = false;  // OnHead is reading head_
  bool draining_ = false;
  std::function<void()> drained_;
};

// One connection. Connections creates and owns it; a handler sees it only during OnHead.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Connections& owner, Fd socket, Client client);
  ~HttpConnection();

  const Client& client() const { return client_; }
  // The sender of the request whose head OnHead is looking at. Behind a trusted proxy, the address that the proxy
  // reports.
  const TrustedProxies::Client& from() const { return from_; }

  // Only during OnHead, for a request without a body: answers at once. OnHead must then return kAnswered.
  void AnswerNow(const PreparedResponse& response);
  void AnswerNow(const Response& response);

 private:
  friend class Connections;
  friend class Exchange;
  enum class State { kHead, kBody, kAnswering, kLingering, kClosed };
  // At most this many bytes of the following requests are read while a request is being answered.
  static constexpr std::size_t kReadAhead = 16 * 1024;
  // The number of empty lines before a request that are skipped (RFC 9112, 2.2 asks for at least one).
  static constexpr int kEmptyLines = 8;

  void Start(std::string_view unread);
  void OnReady(int events);
  // The address whose share of the loop's time pays for this connection's events: the sender of the latest request, or
  // the peer if there was none. Behind a proxy the sender of the next request is unknown until the request is read.
  const IpAddress& payer() const { return client_.asker == IpAddress() ? client_.peer : client_.asker; }

  // Reading (connection_read.cc).
  void ReadReady();
  void Discard();
  void Took(std::string_view fresh);
  void ProcessKept();
  std::size_t Process(std::string_view bytes);  // returns how many bytes it used
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
  bool processing_ = false;    // inside Process, which flushes the responses at its end
  bool ended_ = false;         // the client has shut down its side, and everything it sent has been read
  bool left_ = false;          // the client has shut down its side, and part of what it sent is unread
  bool close_after_ = false;   // close when everything is written
  bool linger_after_ = false;  // then read on for a while, so that the client can read the response
  bool keep_alive_ = false;    // what the present request allows
  bool head_only_ = false;     // the present request is HEAD
  int minor_version_ = 1;
  std::uint32_t serial_ = 0;  // of the present request
  std::size_t scanned_ = 0;   // HeadParser's position
  int empty_lines_ = 0;       // before the next request

  ByteQueue input_;  // read and not used yet
  Output output_;
  std::unique_ptr<Request> request_;  // set while its body is being read
  std::optional<ChunkedDecoder> chunks_;

  // For the access log: the present request.
  std::int64_t began_micros_ = 0;
  TrustedProxies::Client from_;
  std::string_view method_ = "-";
  std::string path_ = "-";

  // The links of its owner's lists, and the reference that keeps the connection alive while it is open.
  HttpConnection* previous_ = nullptr;
  HttpConnection* next_ = nullptr;
  int wait_ = -1;
  std::uint64_t since_ = 0;
  // If set, the connection closes as soon as it owes no response.
  std::optional<std::list<Connections::Orphaned>::iterator> orphan_;
  std::shared_ptr<HttpConnection> self_;
};

}  // namespace zoobar
