#include "chaos/site/member.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "live_site/page_text.h"

namespace zoobar::chaos {
namespace {

using std::chrono::milliseconds;

constexpr const char* kOffers = "/zoobar/index.cgi/offers";
constexpr std::chrono::seconds kPatience{8};  // for one answer: longer than the deadline of a call between roles
constexpr milliseconds kBetweenAttempts{5};
constexpr Moment kToBegin = 30'000'000;
constexpr Moment kLong = 400'000;

// The number that follows these words; nullopt if they are not there.
std::optional<std::int64_t> NumberAfter(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == text.npos) return std::nullopt;
  return std::atoll(std::string(text.substr(at + words.size(), 20)).c_str());
}

// The status and the heading of a page.
std::string Brief(const Answer& answer) {
  const std::size_t begin = answer.body.find("<h1>"), end = answer.body.find("</h1>");
  if (begin == answer.body.npos || end == answer.body.npos || end < begin) return std::to_string(answer.status);
  return fmt::format("{} {}", answer.status, answer.body.substr(begin + 4, end - begin - 4));
}

bool WantsLogin(const Answer& answer) {
  return (answer.status == 302 || answer.status == 303) && answer.Field("Location").find("/login") != std::string::npos;
}

}  // namespace

Moment Now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Member::Member(Bank& bank, std::string name, int device, std::uint64_t seed)
    : bank_(bank), name_(std::move(name)), device_(device), random_(seed), browser_(bank.address) {
  browser_.SetPatience(kPatience);
}

bool Member::Begin() {
  for (const Moment until = Now() + kToBegin; Now() < until;) {
    if (device_ == 0) browser_.Register(name_, kPassword, kHome);
    if (LogIn()) return true;
  }
  return false;
}

bool Member::LogIn() {
  return browser_.Login(name_, kPassword, kHome).status == 303 && browser_.Get(kHome).status == 200;
}

// Asks until the answer settles the request. False if the bank gives up before.
bool Member::Insist(std::string_view what, const Ask& ask, const Settles& settles) {
  std::string before;
  const Moment invoked = Now();
  for (int attempts = 1;; ++attempts) {
    const Answer answer = ask();
    if (settles(answer, PageText(answer.body))) {
      answered_.push_back({invoked, Now(), what, attempts, Now() - invoked > kLong ? before : std::string()});
      return true;
    }
    before = Brief(answer);
    if (const Moment end = bank_.give_up; end != 0 && Now() >= end) return false;
    if (WantsLogin(answer)) {
      LogIn();
    } else {
      std::this_thread::sleep_for(kBetweenAttempts);
    }
  }
}

void Member::Run() {
  while (!bank_.stop) {
    const auto dice = random_() % 1000;
    if (dice < 620) {
      Pay(false);
    } else if (dice < 660) {
      Pay(true);
    } else if (dice < 800) {
      ReadBalance();
    } else if (dice < 880) {
      EndAnOffer();
    } else if (dice < 920) {
      Look();
    } else if (dice < 955) {
      SaveProfile();
    } else if (dice < 992) {
      Insist(
          "login", [&] { return browser_.Login(name_, kPassword, kHome); },
          [](const Answer& answer, const std::string&) { return answer.status == 303 && !WantsLogin(answer); });
    } else {
      BringNewcomer();
    }
  }
}

const std::string& Member::Other() {
  for (;;) {
    const std::string& other = bank_.members[random_() % bank_.members.size()];
    if (other != name_) return other;
  }
}

// In one of ten cases the member does not ask again after a refusal, and in one of fifty not after a lost answer.
void Member::Pay(bool offer) {
  const std::string& to = Other();
  Payment payment{Now(), 0, name_, to, ++bank_.amounts.at({name_, to}), offer, Outcome::kUnknown};
  const std::string amount = std::to_string(payment.zoobars);
  const std::string number = fmt::format("{:016x}{:016x}", random_(), random_());
  const std::string submission = bank_.without_numbers ? std::string() : number;
  const bool patient = !Chance(10), careless = Chance(2);
  const auto ask = [&] {
    if (!offer) return browser_.Pay(to, amount, submission);
    const Form form = {{"act", "offer"}, {"recipient", to},          {"zoobars", amount},
                       {"days", "30"},   {"submission", submission}, {"note", amount}};
    return browser_.Post(kOffers, form);
  };
  const std::string done = offer ? "You offered " : "Sent ", failed = offer ? "Offer to " : "Transfer to ";
  const auto settles = [&](const Answer& answer, const std::string& text) {
    if (text.find(done + amount + " zoobars to " + to) != text.npos) {
      payment.outcome = Outcome::kAcknowledged;
    } else if (text.find(failed + to + " failed") != text.npos) {
      if (text.find("already used") != text.npos)
        faults_.push_back(name_ + " was told that a new form was used before");
      const bool again = answer.status >= 500 && patient;  // no room
      payment.outcome = again ? Outcome::kUnknown : Outcome::kRefused;
    } else {
      payment.outcome = Outcome::kUnknown;
      return careless && !WantsLogin(answer);  // nothing is known, and the member does not care
    }
    if (payment.outcome != Outcome::kUnknown && answer.status == 200) NoteBalance(payment.invoked, text);
    return payment.outcome != Outcome::kUnknown;
  };
  const bool ended = Insist(offer ? "offer" : "transfer", ask, settles);
  if (ended && payment.outcome == Outcome::kUnknown) answered_.pop_back();
  payment.returned = Now();
  if (payment.outcome == Outcome::kAcknowledged) ++bank_.acknowledged;
  payments_.push_back(std::move(payment));
}

void Member::NoteBalance(Moment invoked, const std::string& text) {
  if (const auto zoobars = NumberAfter(text, "Balance: ")) reads_.push_back({invoked, Now(), name_, *zoobars});
}

void Member::ReadBalance() {
  Moment invoked = 0;
  const auto ask = [&] {
    invoked = Now();
    return browser_.Get(kHome);
  };
  Insist("home", ask, [&](const Answer& answer, const std::string& text) {
    if (answer.status != 200) return false;
    NoteBalance(invoked, text);
    return true;
  });
}

void Member::EndAnOffer() {
  std::string page;
  Insist(
      "offers", [&] { return browser_.Get(kOffers); },
      [&](const Answer& answer, const std::string&) {
        page = answer.body;
        return answer.status == 200;
      });
  struct Choice {
    std::uint64_t offer;
    End end;
  };
  std::vector<Choice> choices;
  constexpr std::string_view kField = "name=\"offer\" value=\"";
  for (std::size_t at = page.find(kField); at != page.npos; at = page.find(kField, at + 1)) {
    const auto number = static_cast<std::uint64_t>(std::atoll(page.c_str() + at + kField.size()));
    const std::string_view form = std::string_view(page).substr(at, page.find("</form>", at) - at);
    const bool got = form.find("value=\"accept\"") != form.npos;
    choices.push_back({number, !got ? End::kWithdraw : Chance(60) ? End::kAccept : End::kDecline});
  }
  if (choices.empty()) return;
  const Choice choice = choices[random_() % choices.size()];
  if (choice.end != End::kWithdraw || Chance(40)) Settle(choice.offer, choice.end);
}

void Member::Settle(std::uint64_t offer, End end) {
  const std::string act = end == End::kAccept ? "accept" : end == End::kDecline ? "decline" : "withdraw";
  const std::string done = end == End::kAccept    ? "You accepted"
                           : end == End::kDecline ? "You declined"
                                                  : "You withdrew";
  Settling settling{Now(), 0, name_, offer, end, Outcome::kUnknown};
  const Form form = {{"act", act}, {"offer", std::to_string(offer)}};
  Insist(
      "settle", [&] { return browser_.Post(kOffers, form); },
      [&](const Answer& answer, const std::string& text) {
        if (text.find(done) != text.npos) settling.outcome = Outcome::kAcknowledged;
        if (answer.status == 200 && text.find("No zoobars were moved") != text.npos)
          settling.outcome = Outcome::kRefused;  // it has ended, perhaps by an earlier attempt
        return settling.outcome != Outcome::kUnknown;
      });
  settling.returned = Now();
  settlings_.push_back(std::move(settling));
}

void Member::SaveProfile() {
  const std::string text = fmt::format("<b>{} {}</b>", name_, random_() % 1000);
  Insist(
      "profile", [&] { return browser_.Save(text); },
      [](const Answer&, const std::string& page) { return page.find("Profile saved.") != page.npos; });
}

void Member::Look() {
  const std::string& other = Other();
  Insist(
      "member", [&] { return browser_.Look(other); },
      [](const Answer& answer, const std::string&) { return answer.status == 200; });
}

void Member::BringNewcomer() {
  const std::string name = fmt::format("{}-{}-{}", name_, device_, newcomers_.size() + perhaps_.size());
  Browser browser(bank_.address);
  browser.SetPatience(kPatience);
  const auto ask = [&] { return browser.Register(name, kPassword, kHome); };
  const bool registered = Insist("registration", ask, [](const Answer& answer, const std::string& text) {
    const bool taken = text.find("already taken") != text.npos;  // by an attempt whose answer was lost
    return taken || (answer.status == 303 && !WantsLogin(answer));
  });
  (registered ? newcomers_ : perhaps_).push_back(name);
}

}  // namespace zoobar::chaos
