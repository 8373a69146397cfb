// Role:      app, which makes the dynamic pages.
// Called by: dispatcher, which hands over connections whose next request is for app.
// Calls:     auth (to learn who the member is, and to get tickets for the member's acts), bank, profile, echo;
//            dispatcher (to give a connection back, or to report that it is closed).
// Holds:     nothing on disk. While it serves a request: the session token and everything the member typed, including
//            passwords, in memory that is wiped afterwards.
// If compromised: it acts as every member who uses the site in the meantime, reads what they type, and shows them any
//            page it likes, even with scripts, because it can leave out the Content-Security-Policy. It cannot act for
//            members who stay away, because it has no password and no session of theirs, and a ticket lasts 30 seconds.
//            It cannot change balances or the journal, which only bank can write.
// Known limits: if a page needs a role that is down for more than a second, the answer is a 503. When a dispatcher has
//            ended, its connections have half a minute to finish the answers that they wait for. They end earlier if a
//            newer connection needs the place. A member cannot log in by GET, but can log out by GET because old links
//            do so; another site can therefore log a member out.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.pb.h"
#include "auth.pb.h"
#include "bank.pb.h"
#include "credentials/passwords.h"
#include "dispatcher.pb.h"
#include "http/connection.h"
#include "http/form.h"
#include "ipc/fair_queue.h"
#include "pages/pages.h"
#include "profile.pb.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "site/routes.h"

namespace zoobar {

// One HTTP request, with what app has read from it. The object lives in the coroutine frame of App::Respond until the
// answer is made, so every coroutine below may hold a reference to it.
struct WebRequest {
  Request http;
  FormFields query, form;
  Bytes token;   // the session token from the cookie; empty: none
  Bytes device;  // the device token from the cookie; empty: none
  Bytes claim;   // the claim to a login that waits, from the cookie; empty: none
  // The right of this page to be worked on. Only a bounded number of pages have this right at the same time. The page
  // gives the turn back before it waits in another role's queue, because that wait may be long, and the other role has
  // a fair queue of its own.
  FairQueue::Turn turn;
  bool acted = false;  // something has already been changed, so a later error does not mean that nothing was done

  const RequestHead& head() const { return http.head; }
  bool posted() const { return http.head.method == HttpMethod::kPost; }
};

class App : public RoleBody, private HttpHandler {
 public:
  // open_files: the process's RLIMIT_NOFILE; 0: ask the kernel.
  explicit App(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call);
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoRequest> call);

  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  using Answered = Task<Result<Response>>;  // an Error becomes a page with status 503 (Sorry)
  struct Route {
    std::string_view path;
    bool get, post;
    Answered (App::*page)(WebRequest& web);
  };
  static const Route kRoutes[];

  // Connections (app/connections.cc).
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override;
  void OnClosed(const Client& client) override;
  void OnServed(const Served& served) override;
  std::uint32_t DispatcherTag(std::uint32_t instance) const;
  bool MakeRoom();
  // Tells the dispatcher that app no longer has a connection. The dispatcher keeps a place for the connection until it
  // gets this message. So if the channel has no room for the message, it is sent again later. Returns false if that
  // dispatcher has ended.
  bool Tell(const Client& client, bool closed, Bytes unread);
  void TellAgain();

  // One request (app/answer.cc).
  Task<void> Answer(Exchange exchange, Request request);
  // Waits for a turn. Addresses share the turns fairly. The turn is not granted if the client has left or the site is
  // busy.
  Task<FairQueue::Turn> Admit(FairQueue::Ask ask, const Exchange& exchange);
  // Gives web.turn back and waits for a turn in `queue`, before a call that may take long.
  Task<FairQueue::Turn> AdmitLasting(WebRequest& web, FairQueue& queue, std::string principal);
  Task<Response> Respond(Request request, const Exchange& exchange);
  Response TooManyPages(std::int64_t retry_after_s) const;
  Answered Page(WebRequest& web);
  std::optional<Response> Gate(WebRequest& web, const Route* route) const;
  Response Message(int status, std::string_view heading, std::string_view text) const;
  Response Sorry(const WebRequest& web, Cause cause) const;
  static Response Html(std::string body, std::string_view member = {});
  Answered Root(WebRequest& web);

  // Functions that many pages use (app/member.cc). The functions that take a WebRequest use its session token.
  Task<Result<CheckReply>> Check(WebRequest& web, CheckRequest request);
  Response ToLogin(const WebRequest& web) const;
  // Returns the member's balance. Opens the member's account first if bank has none yet.
  Task<Result<std::int64_t>> OwnBalance(WebRequest& web, std::string member);
  Task<Result<std::int64_t>> OpenAccount(Ticket ticket);
  Task<Result<GetReply>> Profile(std::string member, bool source);
  // Gets the profile of the member that `check` found. If the profile is a program, and auth granted the visit, the
  // program is run.
  Task<Result<ShowReply>> Look(WebRequest& web, const CheckReply& check);
  Task<Result<JournalReply>> Journal(std::string member, std::uint64_t before);

  // app/entrance.cc
  Answered Login(WebRequest& web);
  Answered Logout(WebRequest& web);
  Answered Enter(WebRequest& web, bool registering);
  static LoginReply Busy(const FairQueue::Turn& refused);  // the reply if `entering_` did not grant a turn
  // Returns the page for the login or registration that web.claim belongs to. Returns nothing if auth does not know the
  // claim, or if the claim belongs to another form than the one that was sent now.
  Task<Result<std::optional<Response>>> Claimed(WebRequest& web, bool sent, bool registering);
  // Makes the page for auth's reply to a login, a registration or a claim.
  Answered Entered(WebRequest& web, Incoming<LoginReply> reply, std::string name, bool registering);
  Response WaitingForTurn(const WebRequest& web, const Incoming<LoginReply>& reply) const;
  static std::string WhyNotLoggedIn(const LoginReply& reply);
  static void SetWhyNot(Response& page, const LoginReply& reply);
  static void EndCookie(Response& response, const WebRequest& web, std::string_view cookie);
  Response LoginForm(const WebRequest& web, std::string_view name, std::string_view warning) const;
  void SetCookies(Response& response, const WebRequest& web, std::string_view session, std::string_view device) const;
  // app/home.cc
  Answered Home(WebRequest& web);
  Answered SaveProfile(WebRequest& web);
  Answered TryProgram(WebRequest& web);
  // Save and Try wait for a turn in texts_, then call profile.
  Task<Result<SaveReply>> Save(WebRequest& web, std::string member, SaveRequest request);
  Task<Result<TryReply>> Try(WebRequest& web, std::string member, TryRequest request);
  Answered SetLimits(WebRequest& web);
  // Makes the home page. `page` may already hold messages. typed: the text for the form; null: the form shows the saved
  // profile.
  Task<Result<Response>> HomeWith(WebRequest& web, const CheckReply& check, HomePage page, const std::string* typed);
  // app/program.cc
  Answered Program(WebRequest& web);
  Answered Manual(WebRequest& web);
  static ManualPage ManualOf(const Config::Profile& limits);
  // app/members.cc
  Answered Users(WebRequest& web);
  Answered Members(WebRequest& web);
  Answered OwnJournal(WebRequest& web);
  // app/transfer.cc
  Answered Transfer(WebRequest& web);
  Answered TransferForm(WebRequest& web);
  Answered Send(WebRequest& web);
  // Checks the session, waits, and then does what Send does. Send checks the session again.
  Answered SendLater(WebRequest& web, std::string_view seconds);
  // Sends the transfer to bank. Returns bank's reply, or nothing if bank does not reply.
  Task<std::optional<TransferReply>> Pay(WebRequest& web, TransferRequest request);
  // app/account.cc
  Answered Account(WebRequest& web);
  Answered EndSessions(WebRequest& web, LogoutRequest request);
  Answered ChangePassword(WebRequest& web);
  Answered ShowAccount(WebRequest& web, std::string_view warning, std::string_view notice);
  // app/small.cc
  Answered ZoobarJs(WebRequest& web);
  Answered Echo(WebRequest& web);
  Answered Strength(WebRequest& web);

  Site& site_;
  Peer &auth_, &bank_, &profile_, &echo_, &dispatcher_;
  const Pages pages_;
  PasswordRules password_rules_;
  bool course_graders_;
  std::uint32_t profile_limit_;
  ManualPage manual_;  // the manual page, without its reader's name
  RouteTable routes_;
  std::map<std::uint32_t, std::uint32_t> dispatcher_starts_;  // by instance: how often app lost this dispatcher
  const std::size_t capacity_;                                // the most connections at the same time
  Connections connections_;
  FairQueue pages_in_work_;  // pages that are worked on at the same time
  FairQueue entering_;       // calls to auth with a password, which may take long
  FairQueue texts_;          // calls to profile with the text of a profile
  struct Untold {
    Client client;
    bool closed;
    Bytes unread;
  };
  std::map<std::uint32_t, std::deque<Untold>> untold_;  // messages still to be sent, by instance of the dispatcher
  Timer tell_again_;
  InFlight in_flight_;  // pages being answered. Some still wait for other roles after their clients have left
  std::int64_t served_ = 0, unavailable_ = 0, turned_away_ = 0;
};

extern const RoleSpec kAppRole;

}  // namespace zoobar
