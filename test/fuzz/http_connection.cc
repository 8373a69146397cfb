// A connection (src/http/connection.h) over a socket pair. The first byte of the input chooses the options, the second
// one the pieces in which the bytes of the third one on arrive.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "fuzz/http_owner.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http/field_syntax.h"

namespace zoobar {
namespace {

enum Option : unsigned { kFirstBytes = 1, kSmall = 2, kTrusted = 4, kEnd = 8, kSecure = 16, kUnread = 32, kAll = 64 };
constexpr std::size_t kFirst = 64;

struct Answer {
  int status = 0;
  std::string body;
};

// Reads the answers to the requests `served`, strictly.
class AnswerReader {
 public:
  explicit AnswerReader(std::string_view bytes) : rest_(bytes) {}

  std::vector<Answer> Read(const std::vector<FuzzOwner::One>& served) {
    std::vector<Answer> answers;
    bool closes = false;
    for (const FuzzOwner::One& one : served) {
      Require(!closes, "no answer comes after one that says close");
      Answer answer;
      std::size_t size = Head(&answer.status, &closes);
      if (answer.status == 100) size = Head(&answer.status, &closes);
      Require(answer.status == one.status && answer.status >= 200, "the answers come in the order of the requests");
      if (!one.head_only) {
        Require(size <= rest_.size(), "the body is whole");
        answer.body = rest_.substr(0, size);
        rest_.remove_prefix(size);
      }
      Require(answer.body.size() == one.bytes, "the access log has the size of the body");
      answers.push_back(std::move(answer));
    }
    Require(rest_.empty(), "nothing comes but answers");
    return answers;
  }

 private:
  std::string_view Line() {
    const std::size_t end = rest_.find("\r\n");
    Require(end != rest_.npos, "lines end with CRLF");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    for (const char byte : line) Require(byte >= 0x20 && byte < 0x7f, "a line of a head has only visible ASCII");
    return line;
  }
  // Returns the Content-Length.
  std::size_t Head(int* status, bool* closes) {
    const std::string_view first = Line();
    Require(first.starts_with("HTTP/1.1 ") && first.size() > 13 && first[12] == ' ', "a status line");
    *status = std::atoi(std::string(first.substr(9, 3)).c_str());
    int dates = 0, lengths = 0;
    std::size_t size = 0;
    for (std::string_view line = Line(); !line.empty(); line = Line()) {
      const std::size_t colon = line.find(": ");
      Require(colon != line.npos, "a field has a name and a value");
      const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
      for (const char byte : name) Require(IsTokenByte(byte), "the name of a field is a token");
      dates += name == "Date";
      lengths += name == "Content-Length";
      if (name == "Content-Length") size = std::strtoull(std::string(value).c_str(), nullptr, 10);
      *closes = *closes || line == "Connection: close";
    }
    const int wanted = *status == 100 ? 0 : 1;
    Require(dates == wanted && lengths == wanted, "an answer has one Date and one Content-Length");
    return size;
  }

  std::string_view rest_;
};

struct Outcome {
  std::vector<Answer> answers;
  bool detached = false;
  std::size_t rest = 0;  // if it was detached: how many bytes of the input the next owner gets
};

class Server {
 public:
  explicit Server(unsigned options) : connections_(loop_, owner_, OptionsOf(options)), options_(options) {}

  // seed: of the pieces; nothing: the bytes arrive at once.
  Outcome Serve(std::string_view bytes, std::optional<std::uint8_t> seed) {
    owner_.Forget();
    received_.clear();
    auto [server, client] = FuzzSocketPair();
    client_ = std::move(client);
    Pieces pieces(bytes, seed.value_or(0));
    const auto next = [&] { return seed ? pieces.Next() : std::exchange(whole_, {}); };
    whole_ = bytes;
    const bool adopted = (options_ & kUnread) && !bytes.empty();
    const std::string_view first = adopted ? next() : std::string_view();
    const std::uint64_t before = connections_.requests();
    connections_.Adopt(std::move(server), About(), ToBytes(first));
    std::size_t given = first.size();
    Settle();
    while (given < bytes.size() && !over()) {
      const std::string_view piece = next();
      if (send(client_.get(), piece.data(), piece.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(piece.size())) break;
      given += piece.size();
      Settle();
    }
    End();
    Require(connections_.requests() - before == owner_.served.size(), "each answer is counted");
    Outcome outcome{AnswerReader(received_).Read(owner_.served), owner_.detached, 0};
    if (owner_.detached) outcome.rest = CheckDetached(bytes, given);
    return outcome;
  }

 private:
  static Connections::Options OptionsOf(unsigned options) {
    Connections::Options made;
    if (options & kFirstBytes) made.first_bytes = kFirst;
    if (options & kSmall) {
      made.limits.head_bytes = 400;
      made.limits.line_bytes = 100;
      made.limits.fields = 6;
      made.limits.body_bytes = 50;
      made.limits.chunk_extra_bytes = 16;
    }
    if (options & kTrusted) made.trusted = *TrustedProxies::Parse(std::vector<std::string>{"192.0.2.0/24"});
    if (options & kSecure) made.limits.hsts = "Strict-Transport-Security: max-age=60\r\n";
    made.numbered = options & kSecure;
    return made;
  }
  Client About() {
    Client client;
    client.peer = *IpAddress::Parse("192.0.2.1");
    client.number = ++number_;
    client.secure = options_ & kSecure;
    return client;
  }
  bool over() const { return owner_.detached || owner_.closed > 0; }

  // Turns the loop until nothing happens any more. Events may be put off by a turn (http/turn_shares.h).
  void Settle() {
    int unsent = 0, had = -1;
    for (int quiet = 0; quiet < 3;) {
      loop_.RunOnce();
      const bool more = Receive();
      ioctl(client_.get(), SIOCOUTQ, &unsent);
      quiet = more || unsent != had ? 0 : quiet + 1;
      had = unsent;
    }
  }
  bool Receive() {
    bool any = false;
    for (ssize_t count; (count = recv(client_.get(), block_.data(), block_.size(), 0)) > 0; any = true) {
      received_.append(block_.data(), static_cast<std::size_t>(count));
    }
    return any;
  }
  // Ends the connection: by the client's end, or by its deadlines.
  void End() {
    if (options_ & kEnd) shutdown(client_.get(), SHUT_WR);
    Settle();
    while (owner_.AnswerLater()) Settle();
    Require(owner_.detached || !(options_ & kEnd) || connections_.size() == 0, "it ends when the client has ended");
    for (int i = 0; i < 4 && connections_.size() > 0; ++i) {
      constexpr std::uint64_t kHour = 3'600'000;
      connections_.Sweep(uv_now(loop_.uv()) + kHour);
      Settle();
    }
    Require(connections_.size() == 0 && connections_.idle() == 0, "deadlines end every connection");
    Require(owner_.detached == (owner_.closed == 0), "a connection is either detached or closed, once");
    Receive();
  }
  std::size_t CheckDetached(std::string_view bytes, std::size_t given) {
    if ((options_ & kFirstBytes) && !(options_ & kUnread) && owner_.heads == 0)
      Require(owner_.unread.size() <= kFirst, "of a request of another owner, only the first bytes are read");
    const ssize_t in_socket = recv(owner_.socket.get(), block_.data(), block_.size(), MSG_DONTWAIT);
    std::string rest = owner_.unread;
    if (in_socket > 0) rest.append(block_.data(), static_cast<std::size_t>(in_socket));
    rest.append(bytes.substr(given));
    Require(bytes.ends_with(rest), "the next owner gets all bytes from its request on");
    owner_.socket = Fd();
    return rest.size();
  }

  Loop loop_;
  FuzzOwner owner_;
  Connections connections_;
  const unsigned options_;
  Fd client_;
  std::vector<char> block_ = std::vector<char>(65536);
  std::string received_;
  std::string_view whole_;
  std::uint64_t number_ = 0;
};

Server& ServerWith(unsigned options) {
  static auto& servers = *new std::array<std::unique_ptr<Server>, kAll>();
  std::unique_ptr<Server>& server = servers[options];
  if (!server) server = std::make_unique<Server>(options);
  return *server;
}

// A head with two faults may be refused for the one that comes first or, when it is whole, for the other one.
bool IsRefusedHead(int status) { return status == 400 || status == 414 || status == 431 || status == 505; }

bool SameAnswer(const Answer& a, const Answer& b) {
  if (a.status != b.status) return IsRefusedHead(a.status) && IsRefusedHead(b.status);
  return a.status != 200 || a.body == b.body;  // others show the request's id
}

void Compare(const Outcome& whole, const Outcome& pieces, unsigned options) {
  const std::size_t common = std::min(whole.answers.size(), pieces.answers.size());
  for (std::size_t i = 0; i < common; ++i) Require(SameAnswer(whole.answers[i], pieces.answers[i]), "the same answers");
  // A head that is not whole in the first bytes may be given away although this owner would have served it.
  if ((options & kFirstBytes) && (whole.detached || pieces.detached)) return;
  Require(whole.answers.size() == pieces.answers.size(), "as many answers, whatever the pieces");
  Require(whole.detached == pieces.detached && whole.rest == pieces.rest, "it is detached at the same request");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size < 2) return 0;
  const unsigned options = data[0] % kAll;
  Server& server = ServerWith(options);
  const std::string_view bytes = InputText(data + 2, size - 2);
  Compare(server.Serve(bytes, std::nullopt), server.Serve(bytes, data[1]), options);
  return 0;
}
