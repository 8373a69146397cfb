// Role:      login, which serves every page on which a password is typed: login, registration, a new password, and the
//            hint how strong a password is, closing an account, and logging in with a passkey or adding one. It also serves
//            logout.
// Called by: dispatcher, which hands over connections whose next request is for login.
// Calls:     auth (to check passwords and passkeys, to set them, to end sessions, to close an account); bank (to open the account of a
//            member who has just registered, and to close the one of a member who leaves, with auth's ticket for it);
//            profile (to erase what a member leaves behind, with auth's ticket); dispatcher (to give a connection back, or
//            to report that it is closed).
// Holds:     nothing on disk. While it serves a request: the password and the tokens of it, in memory that is wiped
//            afterwards.
// Shares:    each address has a share of the pages in work, and of the calls to auth that may take long.
// If compromised: it reads the passwords that are typed meanwhile, and so it can act as these members later. It shows
//            visitors of its pages any page it likes. It reads what comes next on the connections that it was handed. It
//            has no password of members who stay away, and auth still throttles its guesses. It can begin no session
//            without a password or what a passkey has signed. It can move no zoobars and save no profile: of bank and profile it may only ask to open
//            and to close an account.
// Known limits: while login or auth is down, nobody can log in, log out or take a new password, and the answer is a 503;
//            members who are logged in notice nothing. A member cannot log in by GET, but can log out by GET because old
//            links do so; another site can therefore log a member out.
//
// The parts: web/page_role (connections, and the way of a request to its page), login/entrance (login, registration,
// logout), login/password (a new password, the strength of one), login/passkeys and login/passkey_form, login/closing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "bank.pb.h"
#include "credentials/passwords.h"
#include "ipc/fair_queue.h"
#include "login.pb.h"
#include "profile.pb.h"
#include "site/role.h"
#include "web/kept_text.h"
#include "web/page_role.h"

namespace zoobar {

class Login : public PageRole {
 public:
  // open_files: the process's RLIMIT_NOFILE; 0: ask the kernel.
  explicit Login(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeLoginRequest> call);
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoLoginRequest> call);

  void Reload(const Config& config) override;

 private:
  static const Route<Login> kRoutes[];
  Answered Page(WebRequest& web) override;

  // login/entrance.cc
  Answered Enter(WebRequest& web);
  Answered SendForm(WebRequest& web, bool registering);
  // Returns the page for the login or registration to which the claim in the cookie belongs. Returns nothing if auth
  // does not know the claim, or if the claim belongs to another form than the one that was sent now.
  Task<Result<std::optional<Response>>> Claimed(WebRequest& web, bool sent, bool registering);
  // Returns the name of the session's member if they must change a one-time password, else an empty text.
  Task<std::string> MustChange(WebRequest& web);
  // Makes the page for auth's reply to a login, a registration or a claim.
  Answered Entered(WebRequest& web, Incoming<LoginReply> reply, std::string name, bool registering);
  // Opens the bank account of a member who has just registered.
  Task<void> OpenAccount(const LoginReply& registered);
  Response WaitingForTurn(const WebRequest& web, const Incoming<LoginReply>& reply) const;
  Response LoginForm(const WebRequest& web, std::string_view name, std::string_view warning) const;
  static void SetCookies(Response& response, const WebRequest& web, std::string_view session, std::string_view device);
  Answered Logout(WebRequest& web);
  // login/kept.cc
  static bool CarriesText(const WebRequest& web);
  // Adds the text to the login form. `kept` must outlive the page.
  static void AddKept(LoginPage& page, const KeptText& kept);
  // Makes the page that has the text in the profile's form, after the login.
  Response TextAgain(const std::string& member, const KeptText& kept, bool must_change) const;
  // login/password.cc
  Answered Password(WebRequest& web);
  Answered ChangePassword(WebRequest& web);
  Answered ShowForm(WebRequest& web, std::string warning);
  Answered NotChanged(WebRequest& web, std::string why, const LoginReply& reply);
  Answered Strength(WebRequest& web);
  // login/passkeys.cc
  Answered Passkeys(WebRequest& web);
  // Answers to the script of the page, with a challenge or with a text that says why not.
  Answered OfferLogin(WebRequest& web);
  Answered OfferPasskey(WebRequest& web);
  Answered LogInByPasskey(WebRequest& web);
  Answered AddPasskey(WebRequest& web);
  // The origin of this request's page, if passkeys can be used there; else empty.
  std::string PasskeyOriginOf(const WebRequest& web) const;
  // login/closing.cc
  Answered CloseOwn(WebRequest& web);
  Answered ShowClose(WebRequest& web, std::string warning, const LoginReply& refused);
  Answered Close(WebRequest& web);
  // Does one of the two steps of auth's CloseOwn.
  Task<Result<CloseOwnReply>> AskToClose(WebRequest& web, const Bytes& password, bool finish);

  Peer &auth_, &bank_, &profile_;
  PasswordRules password_rules_;
  std::vector<std::string> passkey_origins_;
  FairQueue entering_;  // calls to auth with a password, which may take long
};

extern const RoleSpec kLoginRole;

}  // namespace zoobar
