#include "simulation/member.h"

#include <cstdlib>
#include <optional>

#include "simulation/sandbox_stand_in.h"

namespace zoobar::simulation {
namespace {

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kLogin = "/zoobar/index.cgi/login";
constexpr const char* kLogout = "/zoobar/index.cgi/logout";
constexpr const char* kTransfer = "/zoobar/index.cgi/transfer";
constexpr const char* kOffers = "/zoobar/index.cgi/offers";
constexpr const char* kUsers = "/zoobar/index.cgi/users?user=";
constexpr const char* kSessionCookie = "PyZoobarLogin";
constexpr std::uint32_t kFirstAddress = 0x0a000001;  // 10.0.0.1
constexpr int kMostTries = 400;                      // of one act; more means that it is stuck

bool IsLoginPage(const Answer& answer) { return answer.Has("name=\"login_password\""); }
bool LeadsToLogin(const Answer& answer) {
  return (answer.status == 302 || answer.status == 303 || answer.status == 307) &&
         answer.head.find("Location: /zoobar/index.cgi/login") != std::string::npos;
}

// What a person reads of a page.
std::string TextOf(const std::string& page) {
  std::string text;
  bool in_tag = false;
  const std::size_t main = page.find("<main");
  for (const char byte : page.substr(main == page.npos ? 0 : main, 1500)) {
    in_tag = in_tag ? byte != '>' : byte == '<';
    if (!in_tag && byte != '>' && byte != '\n') text += byte;
  }
  return text;
}

std::optional<long> NumberAfter(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == text.npos) return std::nullopt;
  return std::atol(text.data() + at + label.size());
}

}  // namespace

Member::Member(Knowledge& all, std::size_t index)
    : all_(all),
      name_(all.names.at(index)),
      password_("plum-orchard-" + std::to_string(index)),
      client_(all.loop, all.site, kFirstAddress + static_cast<std::uint32_t>(index)),
      random_(Machine::The().random().Next()) {}

Task<void> Member::Rest(std::int64_t most_ms) { return Sleep(all_.loop, Milliseconds(random_.Between(1, most_ms))); }

const std::string& Member::Somebody() {
  const std::string* other = &name_;
  while (*other == name_) other = &all_.names[random_.Below(all_.names.size())];
  return *other;
}

Task<bool> Member::Login() {
  Form form = {{"login_username", name_}, {"login_password", password_}, {"submit_login", "Log in"}};
  auto asking = client_.Post(kLogin, std::move(form));
  const Answer answer = co_await asking;
  logged_in_ = answer.status == 303;
  co_return logged_in_;
}

Task<void> Member::Join() {
  for (int tries = 0; tries < kMostTries; ++tries) {
    Form form = {{"login_username", name_}, {"login_password", password_}, {"submit_registration", "Register"}};
    auto registering = client_.Post(kLogin, std::move(form));
    const Answer answer = co_await registering;
    logged_in_ = answer.status == 303;
    if (logged_in_) co_return;
    // The account may exist although its registration was not answered.
    auto entering = Login();
    if (co_await entering) co_return;
    ++all_.unanswered;
    auto resting = Rest(2'000);
    co_await resting;
  }
  all_.judge.Fault("{} cannot register", name_);
}

Task<bool> Member::Answered(Answer answer) {
  if (answer.status == 200 && !IsLoginPage(answer)) co_return true;
  if (answer.status == 0 || answer.status >= 500) ++all_.unanswered;
  if (LeadsToLogin(answer) || IsLoginPage(answer)) {
    if (logged_in_) all_.judge.Fault("{} was logged in, and is not any more", name_);
    auto entering = Login();
    co_await entering;
  } else if (answer.status != 0 && answer.status != 503 && answer.status != 429 && answer.status != 303) {
    all_.judge.Fault("{} got status {}: {}", name_, answer.status, answer.body.substr(0, 300));
  }
  auto resting = Rest(1'000);
  co_await resting;
  co_return false;
}

Task<void> Member::Live() {
  auto arriving = Rest(2'000);
  co_await arriving;
  auto joining = Join();
  co_await joining;
  while (!all_.ending && all_.judge.sound()) {
    auto resting = Rest(1'500);
    co_await resting;
    if (all_.ending) break;
    ++all_.acts;
    auto acting = ActOnce();
    co_await acting;
  }
  done_ = true;
}

Task<void> Member::ActOnce() {
  switch (random_.Below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return Pay();
    case 4:
      return Offer();
    case 5:
      return SettleOffers();
    case 6:
      return SaveProfile();
    case 7:
    case 8:
      return LookAtSomebody();
    case 9:
      return LeaveAndReturn();
    default:
      return CheckBalance();
  }
}

Task<void> Member::Pay() {
  const std::string recipient = Somebody();
  const long zoobars = random_.Between(1, 4);
  std::string submission;
  for (int i = 0; i < 32; ++i) submission += "0123456789abcdef"[random_.Below(16)];
  const Knowledge::Payment payment{name_, recipient, zoobars};
  ++all_.uncertain[payment];
  std::string last;
  for (int tries = 0; tries < kMostTries; ++tries) {
    Form form = {{"recipient", recipient}, {"zoobars", std::to_string(zoobars)}, {"submission", submission}};
    auto paying = client_.Post(kTransfer, std::move(form));
    Answer answer = co_await paying;
    if (answer.status == 200 && answer.Has("Sent " + std::to_string(zoobars) + " zoobars")) {
      ++all_.acknowledged[payment];
      --all_.uncertain[payment];
      co_return;
    }
    if (answer.status == 200 && answer.Has(" failed</bdi>")) {
      --all_.uncertain[payment];
      co_return;
    }
    const bool page = answer.status == 200;
    last = std::to_string(answer.status) + " " + TextOf(answer.body);
    auto judging = Answered(std::move(answer));
    const bool answered = co_await judging;
    if (page && answered) {  // "Not confirmed yet"
      auto resting = Rest(1'000);
      co_await resting;
    }
  }
  all_.judge.Fault("a payment of {} gets no answer: {}", name_, last);
}

Task<void> Member::Offer() {
  Form form = {{"act", "offer"}, {"recipient", Somebody()}, {"zoobars", "1"}, {"days", "1"}, {"note", "from " + name_}};
  std::string submission;
  for (int i = 0; i < 32; ++i) submission += "0123456789abcdef"[random_.Below(16)];
  form.emplace_back("submission", submission);
  for (int tries = 0; tries < kMostTries; ++tries) {
    Form again = form;
    auto offering = client_.Post(kOffers, std::move(again));
    Answer answer = co_await offering;
    if (answer.status == 429) co_return;  // so many offers to one recipient must wait for an hour
    const bool known = !answer.Has("Not confirmed yet");
    auto judging = Answered(std::move(answer));
    if (co_await judging && known) co_return;
  }
  all_.judge.Fault("an offer of {} gets no answer", name_);
}

Task<void> Member::SettleOffers() {
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto looking = client_.Get(kOffers);
    Answer answer = co_await looking;
    const std::string page = answer.body;
    auto judging = Answered(std::move(answer));
    if (!co_await judging) continue;
    const std::optional<long> number = NumberAfter(page, "name=\"offer\" value=\"");
    if (!number) co_return;
    const std::string act = page.find("value=\"accept\"") == std::string::npos ? "withdraw"
                            : random_.OneIn(3)                                 ? "decline"
                                                                               : "accept";
    Form form = {{"offer", std::to_string(*number)}, {"act", act}};
    auto settling = client_.Post(kOffers, std::move(form));
    Answer settled = co_await settling;
    auto judged = Answered(std::move(settled));
    if (co_await judged) co_return;
  }
  all_.judge.Fault("the offers of {} get no answer", name_);
}

Task<void> Member::SaveProfile() {
  const std::uint64_t kind = random_.Below(3);
  const std::string text = kind == 0 ? "<p>I am <b>" + name_ + "</b>.</p>" : ProgramOf(name_, kind == 1);
  for (int tries = 0; tries < kMostTries; ++tries) {
    Form form = {{"profile_update", text}, {"profile_submit", "Save"}};
    auto saving = client_.Post(kHome, std::move(form));
    Answer answer = co_await saving;
    auto judging = Answered(std::move(answer));
    if (co_await judging) co_return;
  }
  all_.judge.Fault("the profile of {} cannot be saved", name_);
}

Task<void> Member::LookAtSomebody() {
  const std::string other = Somebody();
  const auto known = all_.least_counts.find(other);
  const long least = known == all_.least_counts.end() ? 0 : known->second;
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto looking = client_.Get(kUsers + other);
    Answer answer = co_await looking;
    const std::string page = answer.body;
    auto judging = Answered(std::move(answer));
    if (!co_await judging) continue;
    const std::size_t owner = page.find("owner=");
    const std::optional<long> count = NumberAfter(page, " count=");
    if (owner == page.npos || !count) co_return;
    if (page.compare(owner + 6, other.size() + 1, other + " ") != 0) {
      all_.judge.Fault("{} looked at {} and saw {}", name_, other, page.substr(owner, 40));
    }
    // A run begins when the files of the one before are kept. If they were lost, its number is used again.
    if (*count < least)
      all_.judge.Fault("the program of {} counts {}, and has counted {} before", other, *count, least);
    all_.least_counts[other] = std::max(all_.least_counts[other], *count);
    co_return;
  }
  all_.judge.Fault("{} cannot look at {}", name_, other);
}

Task<std::optional<long>> Member::Balance() {
  auto asking = client_.Get(kHome);
  Answer answer = co_await asking;
  const std::string page = answer.body;
  auto judging = Answered(std::move(answer));
  if (!co_await judging) co_return std::nullopt;
  co_return NumberAfter(page, "<strong class=\"figure\">");
}

Task<void> Member::CheckBalance() {
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto asking = Balance();
    const std::optional<long> balance = co_await asking;
    if (!balance) continue;
    if (*balance < 0) all_.judge.Fault("the balance of {} is {}", name_, *balance);
    co_return;
  }
  all_.judge.Fault("{} cannot see a balance", name_);
}

// After a logout that was answered, the old cookie is worth nothing.
Task<void> Member::LeaveAndReturn() {
  const std::map<std::string, std::string> before = client_.cookies;
  logged_in_ = false;
  auto leaving = client_.Post(kLogout, {});
  const Answer left = co_await leaving;
  if (left.status != 303) co_return;
  client_.cookies = before;
  auto trying = client_.Get(kHome);
  const Answer tried = co_await trying;
  if (tried.status == 200 && !IsLoginPage(tried)) all_.judge.Fault("{} has logged out, and is still in", name_);
  client_.cookies = before;
  client_.cookies.erase(kSessionCookie);
  auto entering = Login();
  co_await entering;
}

}  // namespace zoobar::simulation
