#include "roles/login.h"

#include "site/places.h"
#include "site/queue_counters.h"
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
// Every path to which a form with a password is sent. web/page_role.h computes kFirstBytes from the shortest of them.
constexpr std::string_view kDefaultRoutes[] = {"/zoobar/index.cgi/login",    "/zoobar/index.cgi/logout",
                                               "/zoobar/index.cgi/password", "/zoobar/index.cgi/strength",
                                               "/zoobar/index.cgi/close",    "/zoobar/index.cgi/passkeys"};

// The calls to auth with a password. In auth they may wait for a hash, or for the time when another guess is allowed.
// They are fewer than the lasting calls that a channel takes. The share of one address is large enough for a classroom.
constexpr FairQueue::Limits kEntering = {
    .slots = 512, .slots_per_principal = 128, .waiting = 4096, .waiting_per_principal = 1024};

}  // namespace

const Login::Route<Login> Login::kRoutes[] = {
    {"/zoobar/index.cgi/login", true, true, &Login::Enter},
    {"/zoobar/index.cgi/logout", true, true, &Login::Logout},
    {"/zoobar/index.cgi/password", true, true, &Login::Password},
    {"/zoobar/index.cgi/strength", false, true, &Login::Strength},
    {"/zoobar/index.cgi/close", true, true, &Login::CloseOwn},
    {"/zoobar/index.cgi/passkeys", false, true, &Login::Passkeys},
};

Login::Login(Site& site, std::size_t open_files)
    : PageRole(site, ROLE_LOGIN, open_files),
      auth_(site.peer(ROLE_AUTH)),
      bank_(site.peer(ROLE_BANK)),
      profile_(site.peer(ROLE_PROFILE)),
      password_rules_(PasswordRules::From(site.config().auth())),
      passkey_origins_(PasskeyOrigins(site.config())),
      entering_(site.loop(), kEntering) {
  site.service().Handle(&Login::Serve, this);
  site.service().Handle(&Login::LetGo, this);
  CountQueue(site, "entering", entering_);
  CountRequests(kRoutes);
}

Task<Result<Outgoing<ServeReply>>> Login::Serve(Incoming<ServeLoginRequest> call) {
  co_return TakeConnection(call.from, call.message.connection(), std::move(call.fds), std::move(call.secret));
}

Task<Result<Outgoing<Nothing>>> Login::LetGo(Incoming<LetGoLoginRequest> call) {
  LetConnectionGo(call.from, call.message.connection());
  co_return Nothing();
}

void Login::Reload(const Config& config) {
  PageRole::Reload(config);
  password_rules_ = PasswordRules::From(config.auth());
  passkey_origins_ = PasskeyOrigins(config);
}

Login::Answered Login::Page(WebRequest& web) { return FindPage(*this, kRoutes, web); }

const RoleSpec kLoginRole = {
    .role = ROLE_LOGIN,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Login>(site); },
    .default_routes = kDefaultRoutes,
};

}  // namespace zoobar
