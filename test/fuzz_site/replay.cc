#include "fuzz_site/replay.h"

#include <map>

#include "fuzz_site/connection.h"

namespace zoobar::fuzz_site {
namespace {

constexpr Patience kFirstByte{1000}, kQuiet{20};
constexpr const char* kGuest = "@{guest}";

struct Replayed {
  Connection connection;
  std::string guest_session;
};

// Puts the tokens of this site where the recording has symbols.
std::string WithTokens(std::string text, const Members& members, const std::string& guest_session) {
  std::size_t at = 0;
  while ((at = text.find("@{", at)) != std::string::npos) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string symbol = text.substr(at, end + 1 - at);
    const std::string value =
        symbol == kGuest ? guest_session : members.Value(std::string_view(symbol).substr(2, symbol.size() - 3));
    if (value.empty()) {
      at = end;
      continue;
    }
    text.replace(at, symbol.size(), value);
    at += value.size();
  }
  return text;
}

void ReadAnswers(Replayed& client, std::size_t number, const Ground& ground) {
  client.connection.ReadAll(kFirstByte, kQuiet);
  const Speaker anybody{~std::uint64_t{0}, Grammar::GuestPrefix(number)};
  for (const Answer& answer : AnswersIn(client.connection.received())) {
    ground.tally.Count(answer.status);
    if (const std::string session = CookieIn(answer.head, kSession); !session.empty()) client.guest_session = session;
    if (std::string fault = FaultIn(answer, nullptr, anybody); !fault.empty()) ground.verdict.Fault(fault, number);
  }
  client.connection.Forget();
}

}  // namespace

void DoAgain(const Recording& recording, const Ground& ground) {
  std::map<std::size_t, Replayed> clients;
  for (const Action& action : recording.actions) {
    if (!ground.verdict.go_on()) return;
    Replayed& client = clients[action.client];
    if (action.kind != Action::Kind::kConnect && !client.connection.open()) continue;
    switch (action.kind) {
      case Action::Kind::kConnect:
        if (!client.connection.Open(ground.address, action.text))
          ground.verdict.Fault("the site accepts no connection");
        break;
      case Action::Kind::kSend:
        ground.budget.Take(1);
        client.connection.Send(WithTokens(action.text, ground.members, client.guest_session));
        break;
      case Action::Kind::kRead:
        ReadAnswers(client, action.client, ground);
        break;
      case Action::Kind::kHalfClose:
        client.connection.HalfClose();
        break;
      case Action::Kind::kReset:
        client.connection.Reset();
        break;
      case Action::Kind::kClose:
        client.connection.Close();
    }
  }
}

}  // namespace zoobar::fuzz_site
