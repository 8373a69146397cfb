#include "fuzz_site/client.h"

#include <fmt/format.h>

#include <thread>

namespace zoobar::fuzz_site {
namespace {

// A page may wait 10 s for its turn, then for a look at a program or for a login that is slowed.
constexpr Patience kPatience{60000};
// After this time without a byte nothing more will come, or the site waits for the rest of a request.
constexpr Patience kFirstByte{100}, kQuiet{20};
constexpr std::size_t kAddresses = 8;  // of clients; a site takes each for one principal
constexpr std::size_t kMostExchanges = 200;

std::vector<Token> TokensOf(const Exchange& exchange) {
  std::vector<Token> tokens;
  for (const Message& message : exchange.messages)
    tokens.insert(tokens.end(), message.tokens.begin(), message.tokens.end());
  return tokens;
}

}  // namespace

Client::Client(const Ground& ground, std::size_t number, std::atomic<std::uint64_t>& order)
    : ground_(ground),
      number_(number),
      member_(number % Members::kCount),
      source_("127.0.6." + std::to_string(2 + number % kAddresses)),
      recorder_(number, order) {
  speaker_.guests = Grammar::GuestPrefix(number);
}

void Client::Run() {
  while (ground_.budget.Left() && ground_.verdict.go_on()) {
    Random random(Random::Mix(Random::Mix(ground_.seed, number_ + 1), ++turn_));
    Act(random);
  }
  Disconnect();
}

void Client::Act(Random& random) {
  if (logged_out_) LogInAgain();
  if (random.OneIn(250)) return TellStory(random);
  if (random.OneIn(12) || exchanges_ > kMostExchanges) Disconnect();
  Exchange exchange = Plan(random, ground_.grammar, ground_.members, member_, number_);
  Do(exchange, random);
}

void Client::TellStory(Random& random) {
  guest_session_.clear();
  for (Message& message : ground_.grammar.Story(random, number_)) {
    if (!ground_.verdict.go_on()) return;
    if (!guest_session_.empty()) {
      message.tokens = {{"guest", guest_session_}};
      message.cookie = CookieOf(message.tokens);
    }
    // A guest's name stays as it is, because a page tells by it for whom it was made.
    if (random.OneIn(6) && !message.registers) MutateFields(random, message);
    Exchange exchange = Plain(std::move(message));
    Do(exchange, random);
  }
}

void Client::LogInAgain() {
  logged_out_ = false;
  Exchange exchange = Plain(ground_.grammar.Login(member_));
  Random random(turn_);
  Do(exchange, random);
}

bool Client::Connect() {
  if (connection_.open()) return true;
  speaker_.members = 0;
  exchanges_ = 0;
  recorder_.Note(Action::Kind::kConnect, source_);
  if (connection_.Open(ground_.address, source_)) return true;
  ground_.verdict.Fault("the site accepts no connection", number_);
  return false;
}

void Client::Disconnect() {
  if (!connection_.open()) return;
  recorder_.Note(Action::Kind::kClose);
  connection_.Close();
}

void Client::Do(Exchange& exchange, Random& random) {
  if (!Connect()) return;
  ground_.budget.Take(exchange.messages.size());
  Deliver(exchange, random);
  if (!connection_.open()) {
    ground_.tally.CountUnanswered();
  } else if (exchange.framed && exchange.delivery != Delivery::kHalfClose) {
    CollectFramed(exchange);
  } else {
    Collect(exchange);
  }
  ++exchanges_;
}

// Sends the exchange as it says. The connection is closed afterwards if nobody is to read an answer.
void Client::Deliver(const Exchange& exchange, Random& random) {
  for (const Message& message : exchange.messages) speaker_.members |= message.speaks_for;
  recorder_.NoteSent(exchange.bytes, TokensOf(exchange));
  std::size_t at = 0;
  for (const std::size_t cut : exchange.cuts) {
    connection_.Send(std::string_view(exchange.bytes).substr(at, cut - at));
    at = cut;
    if (random.OneIn(3)) std::this_thread::sleep_for(std::chrono::microseconds(random.Below(1000)));
  }
  connection_.Send(std::string_view(exchange.bytes).substr(at));
  if (exchange.delivery == Delivery::kHalfClose) {
    recorder_.Note(Action::Kind::kHalfClose);
    connection_.HalfClose();
  } else if (exchange.delivery == Delivery::kCutOff || exchange.delivery == Delivery::kUnread) {
    if (!exchange.resets) return Disconnect();
    recorder_.Note(Action::Kind::kReset);
    connection_.Reset();
  }
}

// Reads an answer for each request. A site may end a connection that it has kept at any time between two requests, so
// the exchange is made again on a new connection, where it must be answered.
void Client::CollectFramed(Exchange& exchange) {
  const bool kept = exchanges_ > 0;
  if (CollectOnce(exchange) == End::kDone) return;
  Disconnect();
  if (!kept) return ground_.verdict.Fault("a new connection was ended without an answer", number_);
  ground_.tally.CountReconnected();
  if (!Connect()) return;
  Random random(turn_);
  Deliver(exchange, random);
  if (CollectOnce(exchange) == End::kEndedEarly)
    ground_.verdict.Fault("a new connection was ended without an answer", number_);
}

Client::End Client::CollectOnce(const Exchange& exchange) {
  std::size_t answered = 0;
  for (const Message& message : exchange.messages) {
    Answer answer;
    const auto outcome = connection_.Read(message.method == "HEAD", kPatience, &answer);
    if (outcome == Connection::Outcome::kSilence) {
      ground_.verdict.Fault(fmt::format("no answer within {} s", kPatience.count() / 1000), number_);
      Disconnect();
      return End::kDone;
    }
    if (outcome == Connection::Outcome::kEnd) {
      if (!connection_.received().empty())
        ground_.verdict.Fault("an answer that ends early or is none: " + connection_.received().substr(0, 200),
                              number_);
      if (answered == 0) return End::kEndedEarly;
      ground_.verdict.Fault("a request was not answered, after one whose answer keeps the connection", number_);
      Disconnect();
      return End::kDone;
    }
    ++answered;
    Judge(answer, &message);
    Learn(answer, message);
    if (answer.Field("Connection") == "close") {
      Disconnect();
      break;
    }
  }
  recorder_.Note(Action::Kind::kRead);
  return End::kDone;
}

// Reads what comes after a request whose answers are not known, and leaves the connection.
void Client::Collect(const Exchange& exchange) {
  const bool half_closed = exchange.delivery == Delivery::kHalfClose;
  const auto outcome =
      half_closed ? connection_.ReadAll(kPatience, kPatience) : connection_.ReadAll(kFirstByte, kQuiet);
  recorder_.Note(Action::Kind::kRead);
  if (half_closed && outcome == Connection::Outcome::kSilence)
    ground_.verdict.Fault("a connection stays open whose client sends no more", number_);
  const std::vector<Answer> answers = AnswersIn(connection_.received());
  if (answers.empty()) ground_.tally.CountUnanswered();
  for (const Answer& answer : answers) Judge(answer, nullptr);
  Disconnect();
}

void Client::Judge(const Answer& answer, const Message* message) {
  ground_.tally.Count(answer.status);
  const std::string fault = FaultIn(answer, message, speaker_);
  if (fault.empty()) return;
  const std::size_t heading = answer.body.find("<h1>");
  ground_.verdict.Fault(fmt::format("{} ({} {}): {} {}", fault, message ? message->method : "?",
                                    message ? message->path : "?", answer.head.substr(0, answer.head.find('\r')),
                                    heading == std::string::npos ? "" : answer.body.substr(heading, 300)),
                        number_);
}

// Keeps what a browser would keep of the answer.
void Client::Learn(const Answer& answer, const Message& message) {
  const std::string session = CookieIn(answer.head, kSession);
  if (message.logs_in && !session.empty())
    ground_.members.Renew(*message.logs_in, session, CookieIn(answer.head, kDevice));
  if (message.registers && !session.empty()) guest_session_ = session;
  if (message.valid && message.speaks_for == std::uint64_t{1} << member_ && !message.logs_in) {
    logged_out_ = answer.Field("Location").starts_with("/zoobar/index.cgi/login?nexturl");
    ground_.members.KeepSubmission(member_, answer.body);
  }
}

}  // namespace zoobar::fuzz_site
