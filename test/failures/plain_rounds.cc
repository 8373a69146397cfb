// sanitizer, static and echo, which store nothing: an answer is whole and right, or there is none.
#include <filesystem>
#include <fstream>

#include "echo.pb.h"
#include "failures/scenarios.h"
#include "roles/echo.h"
#include "roles/sanitizer.h"
#include "roles/static.h"
#include "site/fake_site.h"

namespace zoobar::failures {
namespace {

struct Document {
  const char *html, *cleaned;
};
constexpr Document kDocuments[] = {
    {"<p onclick=x>Hello <b>there</b><script>x</script>", "<p>Hello <b>there</b></p>"},
    {"plain text", "plain text"},
    {"<table><tr><td>1<td>2</table><ul><li>a<li>b</ul>",
     "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table><ul><li>a</li><li>b</li></ul>"},
    {"<a href=\"javascript:x\">x</a> &lt;&amp; <!-- c --><i>y", "x &lt;&amp; <i>y</i>"},
};

class SanitizerScenario : public Scenario {
 public:
  void Work(Round& round) override {
    FakeSite site;
    Sanitizer sanitizer(site);
    const auto profile = CallsOf(site);
    for (const Document& document : kDocuments) Clean(round, site, *profile, document, false);
    round.Recover();
    for (const Document& document : kDocuments) Clean(round, site, *profile, document, true);
    round.End();
  }

 private:
  static std::shared_ptr<Channel> CallsOf(FakeSite& site) {
    const Pause pause;
    return site.CallAs(ROLE_PROFILE, ROLE_SANITIZER);
  }
  static void Clean(Round& round, FakeSite& site, Channel& profile, const Document& document, bool must) {
    CleanRequest request;
    request.set_html(document.html);
    const auto reply = site.Wait(profile.Call<CleanReply>(request));
    if (must && !reply.ok()) round.Complain("when nothing fails any more, nothing is cleaned: " + reply.error().text);
    if (reply.ok() && reply->message.outcome() == CleanReply::OUTCOME_CLEAN &&
        reply->message.html() != document.cleaned)
      round.Complain(fmt::format("{} was cleaned to {}", document.html, reply->message.html()));
  }
};

class StaticScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    const std::filesystem::path root = round.folder() + "/web";
    std::filesystem::create_directories(root / "zoobar/media");
    std::filesystem::create_directories(round.folder() + "/acme/.well-known/acme-challenge");
    std::ofstream(root / "favicon.ico") << "icon";
    std::ofstream(root / "zoobar/media/zoobar.css") << "body {}";
    std::ofstream(root / "zoobar/media/zoobar.css.gz") << "packed";
  }
  void Work(Round& round) override {
    FakeSite site;
    StaticFiles files(site, round.folder() + "/web", round.folder() + "/acme");
    std::shared_ptr<Channel> dispatcher;
    {
      const Pause pause;
      dispatcher = site.CallAs(ROLE_DISPATCHER, ROLE_STATIC);
    }
    for (int i = 0; i < 2; ++i) OpenAll(round, site, *dispatcher, false);
    round.Recover();
    OpenAll(round, site, *dispatcher, true);
    round.End();
  }

 private:
  static void OpenAll(Round& round, FakeSite& site, Channel& dispatcher, bool must) {
    for (const auto& [path, content] :
         {std::pair("/favicon.ico", "icon"), {"/zoobar/media/zoobar.css", "body {}"}, {"/none", ""}}) {
      OpenRequest request;
      request.set_path(path);
      const auto reply = site.Wait(dispatcher.Call<OpenReply>(request));
      if (must && !reply.ok()) round.Complain(std::string(path) + " is not answered: " + reply.error().text);
      if (!reply.ok()) continue;
      const bool there = *content != '\0', opened = reply->message.outcome() == OpenReply::OUTCOME_OPENED;
      if (!must && reply->message.outcome() == OpenReply::OUTCOME_UNAVAILABLE) continue;
      // A dispatcher remembers an answer. So "not found" must be true, and not only mean that no descriptor was left.
      if (opened != there)
        round.Complain(fmt::format("{}: {}", path, OpenReply::Outcome_Name(reply->message.outcome())));
      if (opened && (reply->fds.empty() || Content(reply->fds[0]) != content))
        round.Complain(std::string(path) + " has another content");
    }
  }
  static std::string Content(const Fd& file) {
    const Pause pause;
    char block[100];
    const ssize_t count = pread(file.get(), block, sizeof block, 0);
    return {block, count > 0 ? static_cast<std::size_t>(count) : 0};
  }
};

class EchoScenario : public Scenario {
 public:
  void Work(Round& round) override {
    FakeSite site;
    Echo echo(site);
    std::shared_ptr<Channel> app;
    {
      const Pause pause;
      app = site.CallAs(ROLE_APP, ROLE_ECHO);
    }
    for (int i = 0; i < 6; ++i) {
      if (i == 3) round.Recover();
      const std::string text(static_cast<std::size_t>(i) * 10'000, 'x');
      SayRequest request;
      request.set_text(text);
      const auto reply = site.Wait(app->Call<SayReply>(request));
      if (i >= 3 && !reply.ok()) round.Complain("when nothing fails any more, echo is silent: " + reply.error().text);
      if (reply.ok() && reply->message.text() != text) round.Complain("echo says something else");
    }
    round.End();
  }
};

}  // namespace

std::unique_ptr<Scenario> SanitizerRound() { return std::make_unique<SanitizerScenario>(); }
std::unique_ptr<Scenario> StaticRound() { return std::make_unique<StaticScenario>(); }
std::unique_ptr<Scenario> EchoRound() { return std::make_unique<EchoScenario>(); }

}  // namespace zoobar::failures
