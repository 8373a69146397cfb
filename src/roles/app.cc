#include "roles/app.h"

#include <algorithm>

#include "site/places.h"
#include "site/queue_counters.h"
#include "web/rules.h"
#include "webauthn/origins.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to take calls and call others"},
    {Calls::kServeHttp, "to serve the connections dispatcher hands over"},
    {Calls::kAskForFile, "ctemplate looks for a file behind each compiled-in template it parses; the root holds none"},
};
constexpr Privileges kPrivileges = {
    .folders = {},
    .calls = kCalls,
    .limits = {.open_files = kPageOpenFiles, .address_space = 0, .file_bytes = 0, .processes = 1}};
// "/" matches every path that no other role serves. app answers a request for such a path with its page "Not found".
constexpr std::string_view kDefaultRoutes[] = {"/", "/zoobar/index.cgi", "/zoobar/index.cgi/"};

// The bytes of the calls to profile that carry a text, at the same time. They are two thirds of the bytes that a
// channel takes for lasting calls. Half of the slots are for members who have used little lately.
constexpr std::size_t kTextBytes = 2 << 20;
constexpr std::size_t kBesideText = 4096;  // the bytes of a call beside its text: ticket and header

FairQueue::Limits TextsOf(const Config& config) {
  const std::size_t slots = std::max<std::size_t>(4, kTextBytes / (config.profile().max_source_bytes() + kBesideText));
  return {.slots = slots,
          .slots_per_principal = slots / 4,
          .reserved = slots / 2,
          .light = Milliseconds(2000),
          .waiting = 1024,
          .waiting_per_principal = 32};
}

// As in PasswordRules::From (credentials/passwords.h), which app does not see.
std::uint32_t MinPasswordOf(const Config& config) {
  return config.auth().course_graders() ? 1 : config.auth().min_password_length();
}

}  // namespace

const App::Route<App> App::kRoutes[] = {
    {"/", true, false, &App::Root},
    {"/zoobar/index.cgi", true, true, &App::Home},
    {"/zoobar/index.cgi/", true, true, &App::Home},
    {"/zoobar/index.cgi/users", true, false, &App::Users},
    {"/zoobar/index.cgi/members", true, false, &App::Members},
    {"/zoobar/index.cgi/journal", true, false, &App::OwnJournal},
    {"/zoobar/index.cgi/statement", true, false, &App::OwnStatement},
    {"/zoobar/index.cgi/transfer", true, true, &App::Transfer},
    {"/zoobar/index.cgi/offers", true, true, &App::Offers},
    {"/zoobar/index.cgi/account", true, true, &App::Account},
    {"/zoobar/index.cgi/program", true, true, &App::Program},
    {"/zoobar/index.cgi/export", true, false, &App::Export},
    {"/zoobar/index.cgi/tasks", true, false, &App::Tasks},
    {"/zoobar/index.cgi/manual", true, false, &App::Manual},
    {"/zoobar/index.cgi/zoobarjs", true, false, &App::ZoobarJs},
    {"/zoobar/index.cgi/echo", true, false, &App::Echo},
};

App::App(Site& site, std::size_t open_files)
    : PageRole(site, ROLE_APP, open_files),
      auth_(site.peer(ROLE_AUTH)),
      bank_(site.peer(ROLE_BANK)),
      profile_(site.peer(ROLE_PROFILE)),
      echo_(site.peer(ROLE_ECHO)),
      notary_(site.peer(ROLE_NOTARY)),
      course_(site.peer(ROLE_COURSE)),
      min_password_(MinPasswordOf(site.config())),
      course_graders_(site.config().auth().course_graders()),
      passkey_origins_(PasskeyOrigins(site.config())),
      profile_limit_(site.config().profile().max_source_bytes()),
      tasks_(site.config().tasks()),
      manual_(ManualOf(site.config().profile())),
      texts_(site.loop(), TextsOf(site.config())) {
  site.service().Handle(&App::Serve, this);
  site.service().Handle(&App::LetGo, this);
  CountQueue(site, "texts", texts_);
  CountRequests(kRoutes);
}

Task<Result<Outgoing<ServeReply>>> App::Serve(Incoming<ServeRequest> call) {
  co_return TakeConnection(call.from, call.message, std::move(call.fds), std::move(call.secret));
}

Task<Result<Outgoing<Nothing>>> App::LetGo(Incoming<LetGoRequest> call) {
  LetConnectionGo(call.from, call.message);
  co_return Nothing();
}

void App::Reload(const Config& config) {
  PageRole::Reload(config);
  min_password_ = MinPasswordOf(config);
  course_graders_ = config.auth().course_graders();
  passkey_origins_ = PasskeyOrigins(config);
  profile_limit_ = config.profile().max_source_bytes();
  texts_.SetLimits(TextsOf(config));
  tasks_ = config.tasks();
  manual_ = ManualOf(config.profile());
}

App::Answered App::Page(WebRequest& web) { return FindPage(*this, kRoutes, web); }

App::Answered App::Root(WebRequest&) { co_return Response::Redirect(302, kHomePath); }

const RoleSpec kAppRole = {
    .role = ROLE_APP,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<App>(site); },
    .default_routes = kDefaultRoutes,
};

}  // namespace zoobar
