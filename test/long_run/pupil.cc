#include "long_run/pupil.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace zoobar::long_run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kOffers = "/zoobar/index.cgi/offers";
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMostHtml = 20'000;
constexpr int kTries = 50;

// A program whose files change their sizes from visit to visit.
constexpr const char* kProgram = R"(#!python
import os, random
# draft {}
for number in random.sample(range(8), 3):
    with open("notes%d" % number, "w") as file:
        file.write("x" * random.randrange(20000))
if random.random() < 0.3:
    os.remove(random.choice(os.listdir(".")))
print("<p>%d files</p>" % len(os.listdir(".")))
)";

// The value of a hidden field of the first form that has `act`; empty if there is none.
std::string OfferWith(const std::string& page, const std::string& act) {
  const std::string mark = "name=\"offer\" value=\"";
  for (std::size_t at = page.find(mark); at != page.npos; at = page.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size(), end = page.find("</form>", at);
    if (page.substr(at, end - at).find("value=\"" + act + "\"") != page.npos)
      return page.substr(begin, page.find('"', begin) - begin);
  }
  return {};
}

}  // namespace

Pupil::Pupil(Classroom& classroom, std::size_t seat, std::uint64_t seed)
    : classroom_(classroom),
      seat_(seat),
      home_(fmt::format("127.1.{}.{}", 1 + seat / 200, 2 + seat % 200)),
      random_(seed),
      browser_(classroom.address_, home_) {}

Answer Pupil::Ask(Kind kind, const std::function<Answer(Browser&)>& ask) { return Ask(kind, ask, browser_); }

Answer Pupil::Ask(Kind kind, const std::function<Answer(Browser&)>& ask, Browser& browser) {
  browser.SetPatience(kPatience);
  const Clock::time_point begin = Clock::now();
  Answer answer = ask(browser);
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  classroom_.times_.Add(kind, took.count());
  if (answer.status == 0) ++classroom_.counts_.unanswered;
  if (answer.status >= 500 || answer.status == 429) ++classroom_.counts_.refused;
  return answer;
}

bool Pupil::Register() {
  name_ = classroom_.NewName();
  browser_ = Browser(classroom_.address_, home_);
  const Answer answer =
      Ask(Kind::kPassword, [&](Browser& browser) { return browser.Register(name_, kPassword, kHome); });
  if (answer.status != 303) return false;
  {
    const std::lock_guard lock(classroom_.mutex_);
    classroom_.names_[seat_] = name_;
  }
  Save();
  return true;
}

void Pupil::Act() {
  ++classroom_.counts_.acts;
  struct Choice {
    unsigned share;
    void (Pupil::*act)();
  };
  static constexpr std::array kChoices = {Choice{560, &Pupil::SeePage},       Choice{140, &Pupil::Pay},
                                          Choice{30, &Pupil::Offer},          Choice{30, &Pupil::SettleOffers},
                                          Choice{100, &Pupil::Save},          Choice{50, &Pupil::Download},
                                          Choice{10, &Pupil::GuessPassword},  Choice{50, &Pupil::LogInAgain},
                                          Choice{25, &Pupil::LogInElsewhere}, Choice{5, &Pupil::Leave}};
  auto dice = static_cast<unsigned>(random_() % 1000);
  for (const Choice& choice : kChoices) {
    if (dice < choice.share) return (this->*choice.act)();
    dice -= choice.share;
  }
}

void Pupil::SeePage() {
  static constexpr std::array kPages = {"",        "",      "transfer", "journal", "offers",
                                        "account", "users", "program",  "manual"};
  const std::size_t page = random_() % (kPages.size() + 4);
  if (page < kPages.size()) {
    const Answer answer =
        Ask(Kind::kPage, [&](Browser& browser) { return browser.Get(kHome + std::string(kPages[page])); });
    if (answer.status == 303 || answer.status == 302 || answer.status == 307) LogInAgain();  // the session is gone
    return;
  }
  // The others' profiles, the programs among them too. Programs are slower than the other pages, by Python's start.
  const std::string member = page == kPages.size() ? name_ : Other();
  const Clock::time_point begin = Clock::now();
  Answer answer = browser_.Look(member);
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  classroom_.times_.Add(answer.Has(" files</p>") ? Kind::kProgram : Kind::kPage, took.count());
  if (answer.status == 0) ++classroom_.counts_.unanswered;
}

void Pupil::Pay() {
  const std::string to = Other(), amount = std::to_string(1 + random_() % 3);
  Ask(Kind::kAct, [&](Browser& browser) { return browser.Pay(to, amount); });
}

void Pupil::Offer() {
  const Form form = {
      {"act", "offer"}, {"recipient", Other()}, {"zoobars", "2"}, {"days", "7"}, {"note", "for the class"}};
  Ask(Kind::kAct, [&](Browser& browser) { return browser.Post(kOffers, form); });
}

// So that there are about as many open offers all day.
void Pupil::SettleOffers() {
  static constexpr std::array kEnds = {"accept", "decline", "withdraw"};
  for (int i = 0; i < 3; ++i) {
    const Answer page = Ask(Kind::kPage, [](Browser& browser) { return browser.Get(kOffers); });
    const std::string act = kEnds[random_() % kEnds.size()], offer = OfferWith(page.body, act);
    if (!offer.empty())
      Ask(Kind::kAct, [&](Browser& browser) { return browser.Post(kOffers, {{"act", act}, {"offer", offer}}); });
  }
}

std::string Pupil::Source(std::size_t draft) {
  if (Programs()) return fmt::format(fmt::runtime(kProgram), draft);
  std::string html = fmt::format("<h3>Draft {}</h3>", draft);
  for (const std::size_t size = random_() % kMostHtml; html.size() < size;)
    html += fmt::format("<p>Line <b>{}</b> of <i>{}</i>, <a href=\"http://example.org/\">a link</a>.</p>\n",
                        html.size(), draft);
  return html;
}

void Pupil::Save() {
  const std::string source = Source(random_() % 1'000'000);
  Ask(Kind::kAct, [&](Browser& browser) { return browser.Save(source); });
}

void Pupil::Download() {
  static constexpr std::array kFiles = {"/zoobar/media/zoobar.css", "/zoobar/index.cgi/export",
                                        "/zoobar/index.cgi/statement?format=csv",
                                        "/zoobar/index.cgi/statement?format=json"};
  const char* const file = kFiles[random_() % kFiles.size()];
  Ask(Kind::kDownload, [&](Browser& browser) { return browser.Get(file); });
}

// Somebody tries to log in as another member, or as nobody.
void Pupil::GuessPassword() {
  Browser thief(classroom_.address_, "127.2.0." + std::to_string(2 + random_() % 200));
  const std::string name = random_() % 2 == 0 ? Other() : fmt::format("nobody{}", random_() % 100'000);
  thief.SetPatience(kPatience);
  if (thief.Login(name, "wrong-horse-8").status == 0) ++classroom_.counts_.unanswered;  // it may be delayed on purpose
}

void Pupil::LogInAgain() {
  Ask(Kind::kPage, [](Browser& browser) { return browser.Get("/zoobar/index.cgi/logout"); });
  Ask(Kind::kPassword, [&](Browser& browser) { return browser.Login(name_, kPassword, kHome); });
}

// From another device, which then forgets its session.
void Pupil::LogInElsewhere() {
  Browser other(classroom_.address_, home_);
  const Answer answer =
      Ask(Kind::kPassword, [&](Browser& browser) { return browser.Login(name_, kPassword, kHome); }, other);
  if (answer.status == 303) Ask(Kind::kPage, [](Browser& browser) { return browser.Get(kHome); }, other);
}

void Pupil::Leave() {
  const Form form = {{"password_now", kPassword}, {"close_submit", "Close"}};
  const Answer closed =
      Ask(Kind::kPassword, [&](Browser& browser) { return browser.Post("/zoobar/index.cgi/close", form); });
  if (closed.status != 200 || !closed.Has("Your account is closed")) return;
  ++classroom_.counts_.left;
  for (int tries = 0; tries < kTries && !Register(); ++tries) {
  }
}

}  // namespace zoobar::long_run
