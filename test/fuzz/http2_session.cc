// A connection of HTTP/2 (src/http2/connection.h) whose socket pairs lead to a server of HTTP/1.1. The first byte of
// the input chooses the options, the second one the pieces. What follows is what a client sends after its greeting,
// or, with kScript, steps: frames that are well-formed, time that passes, answers that are collected.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "fuzz/http_owner.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http2/connection.h"
#include "http2/frames.h"

namespace zoobar {
namespace {

enum Option : unsigned { kScript = 1, kSmall = 2, kNoGreeting = 4, kUnreachable = 8, kFewPlaces = 16 };
constexpr std::size_t kMostMemory = 1'500'000;  // http2/limits.h

// Reads what the server sends, and checks it as a client would.
class StrictClient {
 public:
  void Take(std::string_view bytes) {
    left_ += bytes;
    while (left_.size() >= 9) {
      const std::size_t size = At(0) << 16 | At(1) << 8 | At(2);
      if (left_.size() < 9 + size) return;
      Require(size <= 16384, "a frame is within the client's limit");
      Require(!ended_, "no frame comes after the last GOAWAY");
      OnFrame(left_[3], left_[4], (At(5) << 24 | At(6) << 16 | At(7) << 8 | At(8)) & 0x7fffffff, size);
      left_.erase(0, 9 + size);
    }
  }
  bool between_frames() const { return left_.empty(); }
  int heads() const { return heads_; }

 private:
  std::uint32_t At(std::size_t i) const { return static_cast<unsigned char>(left_[i]); }
  void OnFrame(int type, int flags, std::uint32_t stream, std::size_t size) {
    ended_ = type == h2::kGoAway && size >= 8 && (At(13) | At(14) | At(15) | At(16)) != 0;
    if (type != h2::kHeaders && type != h2::kData && type != h2::kRstStream) return;
    Require(stream % 2 == 1, "a frame is of a stream that the client began");
    bool& over = over_[stream];
    if (type == h2::kRstStream) return;
    Require(!over, "nothing comes after the end of a stream");
    over = flags & h2::kEndStream;
    if (type == h2::kHeaders) ++heads_;
    if (type == h2::kHeaders) Require(flags & h2::kEndHeaders, "a head is one frame");
  }

  std::string left_;
  std::map<std::uint32_t, bool> over_;
  bool ended_ = false;
  int heads_ = 0;
};

class Session {
 public:
  explicit Session(unsigned options)
      : servers_(loop_, owner_, {}), turns_(loop_), shared_(loop_, turns_, LimitsOf(options)), options_(options) {}

  void Begin() {
    owner_.Forget();
    client_ = std::make_unique<StrictClient>();
    opening_ = 0;
    slow_ = false;
    places_ = options_ & kFewPlaces ? 2 : SIZE_MAX;
    now_ = uv_now(loop_.uv());
    Http2Connection::Hooks hooks;
    hooks.connect = [this](std::size_t) { return places_ == 0 ? false : (--places_, ++opening_, true); };
    hooks.disconnected = [this] { places_ += options_ & kFewPlaces ? 1 : 0; };
    hooks.output = [] {};
    connection_ = std::make_unique<Http2Connection>(shared_, *IpAddress::Parse("192.0.2.1"), std::move(hooks));
    if (!(options_ & kNoGreeting)) connection_->Receive(h2::Hello());
  }
  void Receive(std::string_view bytes) {
    connection_->Receive(bytes);
    CheckBounds();
  }
  void Turn(int times) {
    for (int i = 0; i < times; ++i) {
      for (; opening_ > 0; --opening_) connection_->Connected(options_ & kUnreachable ? Fd() : Connect());
      loop_.RunOnce();
    }
    CheckBounds();
  }
  void Collect(std::size_t most) {
    while (most > 0) {
      const std::string_view bytes = connection_->output().substr(0, most);
      if (bytes.empty()) return;
      client_->Take(bytes);
      most -= bytes.size();
      connection_->Wrote(bytes.size());
    }
  }
  void Pass(std::uint64_t milliseconds) {
    slow_ = slow_ || !connection_->output().empty();
    connection_->Sweep(now_ += milliseconds);
  }
  void Drain() { connection_->Drain(); }
  void AnswerLater() { owner_.AnswerLater(); }
  bool finished() const { return connection_->finished(); }

  void End() {
    while (owner_.AnswerLater()) Turn(1);
    for (int i = 0; i < 3; ++i) {
      Turn(2);
      Collect(SIZE_MAX);
    }
    // A connection whose client is too slow to read ends wherever it is.
    Require(!finished() || slow_ || client_->between_frames(), "what is sent are whole frames");
    Require(connection_->wants_input() || finished() || !connection_->output().empty(), "it never stops for nothing");
    connection_.reset();
    opening_ = 0;
    for (int i = 0; i < 4; ++i) {
      loop_.RunOnce();
      while (owner_.AnswerLater()) continue;
    }
    Require(shared_.figures.streams == 0 && shared_.figures.waiting == 0 && shared_.figures.backends == 0,
            "nothing is left of a connection");
    Require(shared_.held() == 0 && shared_.connections() == 0, "no memory is left of a connection");
    owner_.socket = Fd();
    for (int i = 0; i < 2; ++i) servers_.Sweep(uv_now(loop_.uv()) + 3'600'000);
    Require(servers_.size() == 0, "no socket pair stays open");
    owner_.Forget();
  }

 private:
  static Http2Limits LimitsOf(unsigned options) {
    Http2Limits limits;
    if (!(options & kSmall)) return limits;
    limits.streams = 5;
    limits.backends = 2;
    limits.waiting_heads = 300;
    limits.header_list = 500;
    limits.response_buffer = 1024;
    limits.held_responses = 2048;
    limits.output = 2048;
    limits.http.head_bytes = 300;
    limits.http.body_bytes = 1000;
    return limits;
  }
  Fd Connect() {
    auto [server, edge] = FuzzSocketPair();
    Client about;
    about.peer = *IpAddress::Parse("192.0.2.1");
    about.number = ++number_;
    servers_.Adopt(std::move(server), about);
    return std::move(edge);
  }
  void CheckBounds() {
    Require(connection_->memory() <= kMostMemory, "the memory of a connection is bounded");
    Require(connection_->backends() <= shared_.limits.backends, "so are its socket pairs");
    Require(connection_->streams() <= shared_.limits.streams, "and its streams");
  }

  Loop loop_;
  FuzzOwner owner_;
  Connections servers_;
  TurnShares turns_;
  Http2Shared shared_;
  const unsigned options_;
  std::unique_ptr<StrictClient> client_;
  std::unique_ptr<Http2Connection> connection_;
  std::size_t opening_ = 0, places_ = 0;
  std::uint64_t number_ = 0, now_ = 0;
  bool slow_ = false;  // time has passed while something waited for the client
};

Session& SessionWith(unsigned options) {
  static auto& sessions = *new std::array<std::unique_ptr<Session>, 32>();
  std::unique_ptr<Session>& session = sessions[options];
  if (!session) session = std::make_unique<Session>(options);
  return *session;
}

void PlayBytes(Session& session, std::string_view bytes, std::uint8_t seed) {
  for (Pieces pieces(bytes, seed); !pieces.done() && !session.finished();) {
    session.Receive(pieces.Next());
    session.Turn(1);
    session.Collect(SIZE_MAX);
  }
}

// Each step has three bytes: what, and two operands.
class Script {
 public:
  Script(Session& session, std::string_view steps) : session_(session), rest_(steps) {}

  void Play() {
    while (rest_.size() >= 3 && !session_.finished()) {
      const auto at = [this](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(rest_[i])); };
      const unsigned what = at(0), a = at(1), b = at(2);
      rest_.remove_prefix(3);
      Step(what % 16, a, b);
      if (unsent_.size() > 4096) Say();
    }
    Say();
  }

 private:
  void Say() {
    session_.Receive(unsent_);
    unsent_.clear();
  }
  std::string Payload(std::size_t size) {
    const std::string payload(rest_.substr(0, size));
    rest_.remove_prefix(payload.size());
    return payload;
  }
  std::uint32_t Stream(unsigned back) const { return next_ > 2 * back ? next_ - 2 * back : next_; }
  void Head(unsigned a, unsigned b) {
    constexpr const char* kPaths[] = {"/hello", "/later", "/big", "/form", "/forgotten", "/early", "/mine", "/theirs"};
    constexpr const char* kMethods[] = {"GET", "POST", "HEAD", "CONNECT"};
    h2::Fields fields = h2::RequestFields(kMethods[a % 4], kPaths[b % 8]);
    if (a & 16) fields.emplace_back("content-length", std::to_string(b));
    if (a & 32) fields.emplace_back("expect", "100-continue");
    if (a & 64) fields.emplace_back("x-more", Payload(b));
    unsent_ += h2::Headers(next_ += 2, fields, h2::kEndHeaders | (a & 8 ? 0 : h2::kEndStream));
  }
  void Step(unsigned what, unsigned a, unsigned b) {
    switch (what) {
      case 0:
      case 1:
        return Head(a, b);
      case 2:
        unsent_ += h2::Data(Stream(a % 8), std::string(8UL * b, 'd'), a & 8 ? h2::kEndStream : h2::kNone);
        return;
      case 3:
        unsent_ += h2::Reset(Stream(a % 8), b % 16);
        return;
      case 4:
        unsent_ += h2::WindowUpdate(a & 1 ? 0 : Stream(a / 2 % 8), 1U << b % 32);
        return;
      case 5:
        unsent_ += h2::Ping();
        return;
      case 6:
        unsent_ += h2::Settings({{a % 8, b << (a / 8)}});
        return;
      case 7:
        unsent_ += h2::Headers(Stream(a % 8), {{"trailer", "x"}}, static_cast<int>(b % 64));
        return;
      case 8:
        unsent_ += h2::Frame(static_cast<int>(a % 20), static_cast<int>(b), Stream(a / 32), Payload(b));
        return;
      case 9:
        unsent_ += Payload(b);
        return;
      case 10:
        return session_.Pass(100 * a);
      case 11:
        return a > 250 ? session_.Drain() : session_.AnswerLater();
      case 12:
        return session_.Collect(64 * a + 1);
      case 13:
        Say();
        return session_.Turn(static_cast<int>(a % 4));
      default:
        Say();
        session_.Turn(2);
        session_.Collect(SIZE_MAX);
    }
  }

  Session& session_;
  std::string_view rest_;
  std::string unsent_;
  std::uint32_t next_ = 0xffffffff;  // the first stream is 1
};

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size < 2) return 0;
  const unsigned options = data[0] % 32;
  const std::string_view bytes = InputText(data + 2, size - 2);
  Session& session = SessionWith(options);
  session.Begin();
  if (options & kScript) {
    Script(session, bytes).Play();
  } else {
    PlayBytes(session, bytes, data[1]);
  }
  session.End();
  return 0;
}
