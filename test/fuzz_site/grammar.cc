#include "fuzz_site/grammar.h"

#include <algorithm>

#include "fuzz_site/texts.h"
#include "live_site/processes.h"

namespace zoobar::fuzz_site {
namespace {

struct Sender {
  Random& random;
  const Members& members;
  std::size_t member;  // kNobody: a stranger
  std::size_t client;

  const std::string& other() const { return members.name(random.Below(Members::kCount)); }
  std::string Number(std::size_t most) const { return std::to_string(random.Between(1, most)); }
};

Message Page(const std::string& page, Form query = {}) {
  Message message;
  message.path = kHome + page;
  message.query = std::move(query);
  return message;
}

Message Post(const std::string& page, Form form) {
  Message message = Page(page);
  message.method = "POST";
  message.form = std::move(form);
  message.has_form = true;
  return message;
}

Message Home(const Sender&) { return Page(""); }
Message Root(const Sender&) {
  Message message;
  message.path = "/";
  return message;
}
Message Example(const Sender& from) {
  static constexpr std::string_view kExamples[] = {"hello-user", "xfer-tracker", "no-such-example", "chart"};
  return Page("", {{"example", std::string(from.random.Pick(kExamples))}});
}

Message SaveProfile(const Sender& from) {
  const bool program = from.member % Members::kProgrammer == 0;
  const std::string text = program ? ProgramText(from.random) : HtmlText(from.random);
  return Post("", {{"profile_update", text}, {"profile_submit", "Save"}});
}
Message TryProgram(const Sender& from) {
  return Post("", {{"profile_update", ProgramText(from.random)}, {"profile_try", "Run"}});
}
Message SetLimits(const Sender& from) {
  const std::string per_hour = from.Number(40);
  return Post("", {{"program_per_hour", per_hour}, {"program_per_recipient", per_hour}, {"program_limits", "Set"}});
}

Message Look(const Sender& from) {
  // Mostly a member whose profile is a text: a look at a program costs a hundred times as much.
  std::size_t member = from.random.Below(Members::kCount);
  if (member % Members::kProgrammer == 0 && !from.random.OneIn(4)) member += 1;
  return Page("users", {{"user", from.members.name(member)}});
}
Message LookOlder(const Sender& from) {
  return Page("users", {{"user", from.members.name(1)}, {"before", from.Number(5000)}});
}
Message Search(const Sender& from) {
  if (from.random.OneIn(2)) return Page("members");
  return Page("members", {{"search", from.random.Letters(2)}, {"after", from.random.OneIn(2) ? from.other() : ""}});
}
Message Journal(const Sender& from) {
  return from.random.OneIn(2) ? Page("journal") : Page("journal", {{"before", from.Number(5000)}});
}
Message Statement(const Sender& from) {
  static constexpr std::string_view kFormats[] = {"json", "csv"};
  if (from.random.OneIn(2)) return Page("statement");
  Message message =
      Page("statement", {{"format", std::string(from.random.Pick(kFormats))}, {"before", from.Number(2000)}});
  if (from.random.OneIn(4)) message.query.push_back({"older", "1"});
  return message;
}

Message TransferForm(const Sender& from) { return Page("transfer", {{"recipient", from.other()}}); }
Message Transfer(const Sender& from) {
  const bool known = from.member != Members::kNobody && from.random.OneIn(2);
  const std::string submission = known ? from.members.Submission(from.member) : "";
  return Post("transfer", {{"recipient", from.other()},
                           {"zoobars", from.Number(from.random.OneIn(20) ? 100000 : 3)},
                           {"submission", submission}});
}
Message OffersPage(const Sender&) { return Page("offers"); }
Message MakeOffer(const Sender& from) {
  return Post("offers", {{"act", "offer"},
                         {"recipient", from.other()},
                         {"zoobars", from.Number(3)},
                         {"days", from.Number(30)},
                         {"note", from.random.Letters(from.random.Below(60))}});
}
Message SettleOffer(const Sender& from) {
  static constexpr std::string_view kActs[] = {"accept", "decline", "withdraw"};
  return Post("offers", {{"offer", from.Number(4000)}, {"act", std::string(from.random.Pick(kActs))}});
}

Message Account(const Sender&) { return Page("account"); }
Message EndSession(const Sender& from) {
  if (from.random.OneIn(3)) return Post("account", {{"end_every_session", "yes"}});
  return Post("account", {{"end_session", "0123456789abcdef0123456789abcdef"}});
}
Message ProgramLog(const Sender& from) {
  return from.random.OneIn(4) ? Post("program", {{"remove_files", "Remove"}}) : Page("program");
}
Message Export(const Sender&) { return Page("export"); }
Message Manual(const Sender&) { return Page("manual"); }
Message Balance(const Sender&) { return Page("zoobarjs"); }

// Each text is sent once, so the answer to another request would not have it.
Message Echo(const Sender& from) {
  const std::string said = "said-" + std::to_string(from.client) + "-" + from.random.Letters(12);
  Message message = Page("echo", {{"s", said}});
  message.must_hold = said;
  return message;
}

Message File(const Sender& from, const std::string& path) {
  Message message;
  message.path = path;
  static const std::string kRoot = std::string(ZOOBAR_SOURCE_DIR) + "/web/root";
  if (from.random.OneIn(2)) message.exact_body = ReadWhole(kRoot + path);
  return message;
}
Message Style(const Sender& from) { return File(from, kStyle); }
Message Script(const Sender& from) { return File(from, "/zoobar/media/strength.js"); }
Message Icon(const Sender& from) { return File(from, "/favicon.ico"); }
Message Missing(const Sender& from) {
  static constexpr std::string_view kPaths[] = {"/zoobar/media/none-", "/none-", "/zoobar/index.cgi/none-",
                                                "/.well-known/acme-challenge/", "/zoobar/media/a/b/"};
  Message message;
  message.path = std::string(from.random.Pick(kPaths)) + from.random.Letters(3);
  return message;
}

Message LoginForm(const Sender&) { return Page("login", {{"nexturl", "/zoobar/index.cgi/transfer"}}); }
Message WrongLogin(const Sender& from) {
  return Post("login", {{"login_username", "nobody-" + from.random.Letters(6)},
                        {"login_password", from.random.Letters(12)},
                        {"nexturl", "/"},
                        {"submit_login", "Log in"}});
}
Message Join(const Sender& from) {
  Message message = Post("login", {{"login_username", "joined-" + from.random.Letters(8)},
                                   {"login_password", from.random.Letters(14)},
                                   {"nexturl", "/zoobar/index.cgi/users"},
                                   {"submit_registration", "Register"}});
  if (from.random.OneIn(2)) message.fields.emplace_back("Sec-Fetch-Mode", "navigate");
  return message;
}
Message Waiting(const Sender&) { return Page("login", {{"waiting", "1"}, {"nexturl", kHome}}); }
Message Strength(const Sender& from) {
  return Post("strength", {{"password", from.random.Letters(from.random.Below(20))}, {"name", from.other()}});
}
Message PasswordForm(const Sender&) { return Page("password"); }
Message WrongPassword(const Sender& from) {
  return Post("password", {{"password_now", from.random.Letters(12)},
                           {"password_new", "fresh-horse-battery-7"},
                           {"password_again", "fresh-horse-battery-7"}});
}
Message CloseForm(const Sender&) { return Page("close"); }
Message Logout(const Sender&) { return Page("logout"); }

struct Rule {
  unsigned weight;  // of a thousand and a few
  Message (*make)(const Sender&);
};
constexpr Rule kRules[] = {
    {100, Home},      {8, Root},        {8, Example},      {12, SaveProfile},  {3, TryProgram}, {8, SetLimits},
    {90, Look},       {20, LookOlder},  {40, Search},      {40, Journal},      {16, Statement}, {40, TransferForm},
    {90, Transfer},   {20, OffersPage}, {30, MakeOffer},   {40, SettleOffer},  {30, Account},   {2, EndSession},
    {16, ProgramLog}, {4, Export},      {16, Manual},      {50, Balance},      {110, Echo},     {80, Style},
    {30, Script},     {30, Icon},       {30, Missing},     {30, LoginForm},    {2, WrongLogin}, {3, Join},
    {8, Waiting},     {12, Strength},   {8, PasswordForm}, {1, WrongPassword}, {8, CloseForm},  {2, Logout},
};

const Rule& PickRule(Random& random) {
  unsigned all = 0;
  for (const Rule& rule : kRules) all += rule.weight;
  std::size_t at = random.Below(all);
  const Rule* rule = kRules;
  while (at >= rule->weight) at -= rule++->weight;
  return *rule;
}

}  // namespace

Message Grammar::Finish(Message message, Random& random) const {
  message.fields.insert(message.fields.begin(), {"Host", host_});
  if (random.OneIn(10)) message.fields.push_back({"User-Agent", "Mozilla/5.0 (fuzz)"});
  if (message.method == "GET" && random.OneIn(20)) {
    message.method = "HEAD";
    message.must_hold.clear();
    message.exact_body.clear();
  }
  return message;
}

Message Grammar::Request(Random& random, std::size_t member, std::size_t client) const {
  const Sender from{random, members_, member, client};
  Message message = PickRule(random).make(from);
  if (member != Members::kNobody) {
    message.tokens = members_.Tokens(member);
    message.cookie = CookieOf(message.tokens);
    message.speaks_for |= std::uint64_t{1} << member;
  }
  return Finish(std::move(message), random);
}

Message Grammar::Login(std::size_t member) const {
  Message message = Post("login", {{"login_username", members_.name(member)},
                                   {"login_password", members_.password(member)},
                                   {"nexturl", kHome},
                                   {"submit_login", "Log in"}});
  message.tokens = members_.Tokens(member);
  message.tokens.erase(message.tokens.begin());  // no session, but the device, which is not slowed by failed logins
  message.cookie = CookieOf(message.tokens);
  message.fields.push_back({"Host", host_});
  message.speaks_for = std::uint64_t{1} << member;
  message.logs_in = member;
  return message;
}

std::vector<Message> Grammar::Story(Random& random, std::size_t client) const {
  const std::string name = GuestPrefix(client) + random.Letters(10), password = random.Letters(20);
  const std::string fresh = random.Letters(20);
  const Sender from{random, members_, Members::kNobody, client};
  Message joining = Post("login", {{"login_username", name},
                                   {"login_password", password},
                                   {"nexturl", kHome},
                                   {"submit_registration", "Register"}});
  joining.registers = true;
  if (random.OneIn(4)) joining.fields.push_back({"Sec-Fetch-Mode", "navigate"});
  Message changing = Post("password", {{"password_now", password}, {"password_new", fresh}, {"password_again", fresh}});
  changing.registers = true;  // its answer brings a session too
  std::vector<Message> story = {joining,
                                Home(from),
                                Transfer(from),
                                SaveProfile(from),
                                Page("users", {{"user", name}}),
                                MakeOffer(from),
                                OffersPage(from),
                                changing,
                                Export(from),
                                Statement(from),
                                Post("close", {{"password_now", fresh}, {"close_submit", "Close"}}),
                                Home(from)};
  // Some guests do things in another order, or leave some out.
  if (random.OneIn(3)) std::swap(story[random.Below(story.size())], story[random.Below(story.size())]);
  if (random.OneIn(3)) story.erase(story.begin() + static_cast<std::ptrdiff_t>(random.Below(story.size())));
  if (random.OneIn(2)) story.resize(random.Between(1, story.size()));
  for (Message& message : story) message = Finish(std::move(message), random);
  return story;
}

}  // namespace zoobar::fuzz_site
