#include "fuzz_site/streams.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cctype>

#include "fuzz_site/mutate.h"
#include "fuzz_site/texts.h"
#include "http2/frames.h"

namespace zoobar::fuzz_site {
namespace {

constexpr std::size_t kMostStreams = 60;  // of a connection; its client keeps every frame that came
// A body that a stream may send before the site gives it more room (src/http2/limits.h), and a head that fits in a frame.
constexpr std::size_t kMostBody = 2000, kMostHead = 16000;
constexpr std::uint32_t kWindow = 1 << 20;  // more than any answer
constexpr timeval kSoon = {0, 100000};      // after frames that may have no answer
constexpr std::size_t kShown = 3000;        // bytes of a fault's frames

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

h2::Fields FieldsOf(const Message& message) {
  std::string path = message.path;
  if (!message.query.empty()) path += "?" + Encode(message.query);
  h2::Fields fields = h2::RequestFields(message.method, path);
  for (const auto& [name, value] : message.fields) {
    if (name != "Host") fields.emplace_back(Lower(name), value);
  }
  std::string cookie;
  for (const Token& token : message.tokens) cookie += (cookie.empty() ? "__Host-" : "; __Host-") + CookieOf({token});
  if (!cookie.empty()) fields.emplace_back("cookie", cookie);
  if (message.has_form) fields.emplace_back("content-type", "application/x-www-form-urlencoded");
  return fields;
}

std::string FramesOf(const Message& message, std::uint32_t stream, Random& random) {
  constexpr std::size_t kMostData = 16384;
  const std::string body = BodyOf(message);
  const int end = body.empty() ? h2::kEndStream : h2::kNone;
  std::string bytes = h2::Headers(stream, FieldsOf(message), h2::kEndHeaders | end);
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t size = std::min(body.size() - at, random.OneIn(3) ? random.Between(1, 200) : kMostData);
    bytes += h2::Data(stream, std::string_view(body).substr(at, size), at + size == body.size() ? h2::kEndStream : 0);
    at += size;
  }
  return bytes;
}

// A frame that is wrong, or of no use.
std::string OddFrame(Random& random, std::uint32_t stream) {
  switch (random.Below(12)) {
    case 0:
      return h2::Ping();
    case 1:
      return h2::Settings({{static_cast<std::uint32_t>(random.Below(9)), static_cast<std::uint32_t>(random.Next())}});
    case 2:
      return h2::WindowUpdate(random.OneIn(2) ? 0 : stream, static_cast<std::uint32_t>(random.Next()));
    case 3:
      return h2::Reset(stream, static_cast<std::uint32_t>(random.Below(20)));
    case 4:
      return h2::Frame(h2::kContinuation, h2::kEndHeaders, stream, random.Bytes(random.Below(50)));
    case 5:
      return h2::Data(stream, random.Bytes(random.Below(100)), h2::kEndStream);
    case 6:
      return h2::Headers(stream, {{":method", "GET"}, {":path", OddValue(random)}, {"X-Upper", "1"}});
    case 7:
      return h2::Frame(h2::kPriority, 0, stream, random.Bytes(5));
    case 8:
      return h2::Frame(h2::kPushPromise, h2::kEndHeaders, stream, random.Bytes(8));
    case 9:
      return h2::Frame(h2::kGoAway, 0, 0, random.Bytes(8));
    case 10:
      return h2::Frame(h2::kHeaders, h2::kEndHeaders | h2::kEndStream, stream, random.Bytes(random.Below(200)));
    default:
      return h2::Frame(static_cast<int>(random.Below(256)), static_cast<int>(random.Below(256)), stream,
                       random.Bytes(random.Below(300)));
  }
}

// The answer to a stream, in the form that Judge knows.
Answer AnswerOf(const Http2Client& client, std::uint32_t stream) {
  Answer answer;
  for (const h2::ServerFrame& frame : client.reader.frames) {
    if (frame.stream != stream) continue;
    if (frame.type == h2::kData) answer.body += frame.payload;
    if (frame.type != h2::kHeaders) continue;
    answer.status = std::atoi(frame.field(":status").c_str());
    answer.head = "HTTP/2\r\n";
    for (const auto& [name, value] : frame.fields)
      answer.head.append(name == "set-cookie" ? "Set-Cookie" : name).append(": ").append(value).append("\r\n");
  }
  return answer;
}

}  // namespace

Streams::Streams(const Ground& ground, std::string address, std::size_t number)
    : ground_(ground), address_(std::move(address)), number_(number) {
  speaker_.guests = Grammar::GuestPrefix(number);
}

void Streams::Run() {
  while (ground_.budget.Left() && ground_.verdict.go_on()) {
    Random random(Random::Mix(Random::Mix(ground_.seed, number_ + 1), ++turn_));
    if (!Connect(random)) return;
    const Round round = Plan(random);
    ground_.budget.Take(std::max<std::size_t>(1, round.streams.size()));
    if (!client_->Send(round.bytes) && round.clean) Fault("a connection of HTTP/2 ended early", round);
    Collect(round);
    if (!round.clean || !client_->open() || next_stream_ > 2 * kMostStreams) client_.reset();
  }
  client_.reset();
}

bool Streams::Connect(Random& random) {
  if (client_) return true;
  client_ = std::make_unique<Http2Client>(address_, "127.0.9." + std::to_string(2 + number_ % 8));
  next_stream_ = 1;
  speaker_.members = 0;
  std::string hello = h2::Hello({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}) + h2::WindowUpdate(0, kWindow * 64);
  if (random.OneIn(10)) hello += h2::Ping();
  if (client_->open() && client_->Send(hello)) return true;
  ground_.verdict.Fault("the site shakes no hands (TLS)", number_);
  return false;
}

Streams::Round Streams::Plan(Random& random) {
  Round round;
  const std::size_t member = random.OneIn(8) ? Members::kNobody : number_ % Members::kCount;
  for (std::size_t count = random.Between(1, 5); count > 0; --count) {
    Message message = ground_.grammar.Request(random, member, number_);
    if (random.OneIn(5)) MutateTokens(random, message, ground_.members);
    if (random.OneIn(5)) MutateFields(random, message);
    speaker_.members |= message.speaks_for;
    const std::string frames = FramesOf(message, next_stream_, random);
    const std::size_t body = BodyOf(message).size();
    round.clean = round.clean && body <= kMostBody && frames.size() - body <= kMostHead;
    round.bytes += frames;
    round.streams.push_back(next_stream_);
    round.messages.push_back(std::move(message));
    next_stream_ += 2;
  }
  if (!random.OneIn(3)) return round;
  round.clean = false;
  if (random.OneIn(2)) MutateBytes(random, round.bytes);
  for (std::size_t count = random.OneIn(20) ? 400 : random.Between(1, 4); count > 0; --count) {
    const auto stream = static_cast<std::uint32_t>(random.Below(next_stream_ + 4));
    round.bytes += OddFrame(random, stream);
  }
  return round;
}

void Streams::Collect(const Round& round) {
  if (!round.clean) {
    setsockopt(client_->socket(), SOL_SOCKET, SO_RCVTIMEO, &kSoon, sizeof kSoon);
    client_->Until([] { return false; });
  }
  for (std::size_t i = 0; i < round.streams.size() && ground_.verdict.go_on(); ++i) {
    const std::string status = round.clean ? client_->Finish(round.streams[i]) : client_->Status(round.streams[i]);
    const bool answered = status != "none" && status != "reset";
    if (round.clean && round.messages[i].valid && !answered)
      return Fault("a stream was not answered: " + status, round);
    Judge(round, i);
  }
}

void Streams::Judge(const Round& round, std::size_t which) {
  const Answer answer = AnswerOf(*client_, round.streams[which]);
  if (answer.status == 0) return ground_.tally.CountUnanswered();
  ground_.tally.Count(answer.status);
  const Message* const message = round.clean ? &round.messages[which] : nullptr;
  const std::string fault = FaultIn(answer, message, speaker_);
  if (!fault.empty()) Fault(fault, round);
}

void Streams::Fault(const std::string& what, const Round& round) {
  std::string frames;
  for (const char byte : round.bytes.substr(0, kShown)) {
    const auto code = static_cast<unsigned char>(byte);
    frames += code >= 0x20 && code < 0x7f ? std::string(1, byte) : fmt::format("\\x{:02x}", code);
  }
  ground_.verdict.Fault(fmt::format("{}; the last frames of this client of HTTP/2: {}", what, frames), number_);
}

}  // namespace zoobar::fuzz_site
