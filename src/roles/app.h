// Role:      app, the dynamic pages.
// Called by: dispatcher, which hands over connections whose next request is app's.
// Calls:     auth (who is this, and a ticket for what they ask), bank, profile, echo; dispatcher (connections given
//            back, or closed).
// Holds:     nothing on disk. While a request is served: its session token and whatever the member typed, passwords
//            included, in memory that is wiped afterwards.
// If compromised: it acts as the members who use the site meanwhile, reads what they type, and shows them what it likes
//            (no script: the Content-Security-Policy is the only thing a page cannot leave out by mistake, but a taken
//            app can). It cannot act for members who stay away: it holds no password and no session of theirs, and
//            tickets last 30 seconds. Balances and journal stay bank's.
// Known limits: a page that needs a role which is down for over a second is a 503. Connections of a dispatcher that has
//            ended finish the answer they wait for, within half a minute, unless newer ones need their places. Logging
//            in by GET is not offered, logging out is (the old links say so), so another site can log a member out.
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

// One request on its way to its answer. Lives in App::Serve's frame, so that every coroutine below may refer to it.
struct Visit {
  Request request;
  FormFields query, form;
  Bytes token;   // of the session, as the cookie holds it; empty: none
  Bytes device;  // of the browser, the same
  Bytes claim;   // to a login that waits, the same
  // One of the pages that may be worked on at once. A page gives it back before it waits in another role's queue, where
  // it has a share of its own, and where it may wait for long.
  FairQueue::Turn turn;
  bool acted = false;  // something was changed already: a later error does not mean that nothing was done

  const RequestHead& head() const { return request.head; }
  bool posted() const { return request.head.method == HttpMethod::kPost; }
};

class App : public RoleBody, private HttpHandler {
 public:
  // open_files: RLIMIT_NOFILE as it stands; 0: ask the kernel.
  explicit App(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call);
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoRequest> call);

  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  using Answered = Task<Result<Response>>;  // an Error becomes the page that says a role is missing
  struct Route {
    std::string_view path;
    bool get, post;
    Answered (App::*page)(Visit& visit);
  };
  static const Route kRoutes[];

  // Connections (app.cc).
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override;
  void OnClosed(const Client& client) override;
  void OnServed(const Served& served) override;
  std::uint32_t DispatcherTag(std::uint32_t instance) const;
  bool MakeRoom();
  // Tells the dispatcher that a connection is no longer here, now or as soon as its channel has room: it keeps the
  // place until then. False: that dispatcher has ended.
  bool Tell(const Client& client, bool closed, Bytes unread);
  void TellAgain();

  // One request (app.cc).
  Task<void> Answer(Exchange exchange, Request request);
  // A turn to be worked on, fair among addresses. Not granted: the page is not wanted any more, or the site is busy.
  Task<FairQueue::Turn> Admit(FairQueue::Ask ask, const Exchange& exchange);
  // Gives visit.turn back and waits for a turn in `queue`, for a call that may last.
  Task<FairQueue::Turn> AdmitLasting(Visit& visit, FairQueue& queue, std::string principal);
  Task<Response> Respond(Request request, const Exchange& exchange);
  Response TooManyPages(std::int64_t retry_after_s) const;
  Answered Page(Visit& visit);
  std::optional<Response> Gate(Visit& visit, const Route* route) const;
  Response Message(int status, std::string_view heading, std::string_view text) const;
  Response Sorry(const Visit& visit, Cause cause) const;
  static Response Html(std::string body, std::string_view member = {});

  // What many pages need (app/member.cc). All want visit.token.
  Task<Result<CheckReply>> Check(Visit& visit, CheckRequest request);
  Response ToLogin(const Visit& visit) const;
  // The member's balance; opens their account where the bank has none yet.
  Task<Result<std::int64_t>> OwnBalance(Visit& visit, std::string member);
  Task<Result<std::int64_t>> OpenAccount(Ticket ticket);
  Task<Result<GetReply>> Profile(std::string member, bool source);
  // The profile of the member `check` found: their program is run, if the visit was granted.
  Task<Result<ShowReply>> Look(Visit& visit, const CheckReply& check);
  Task<Result<JournalReply>> Journal(std::string member, std::uint64_t before);

  Answered Root(Visit& visit);
  // app/entrance.cc
  Answered Login(Visit& visit);
  Answered Logout(Visit& visit);
  Answered Enter(Visit& visit, bool registering);
  static LoginReply Busy(const FairQueue::Turn& refused);  // where none was granted by `entering_`
  // What became of the login or registration that visit.claim is for. Nothing: it is for none, or for another form than
  // the one sent.
  Task<Result<std::optional<Response>>> Claimed(Visit& visit, bool sent, bool registering);
  // The page for auth's answer to a login, a registration or a claim.
  Answered Entered(Visit& visit, Incoming<LoginReply> reply, std::string name, bool registering);
  Response WaitingForTurn(const Visit& visit, const Incoming<LoginReply>& reply) const;
  static std::string WhyNotLoggedIn(const LoginReply& reply);
  static void SetWhyNot(Response& page, const LoginReply& reply);
  static void EndCookie(Response& response, const Visit& visit, std::string_view cookie);
  Response LoginForm(const Visit& visit, std::string_view name, std::string_view warning) const;
  void SetCookies(Response& response, const Visit& visit, std::string_view session, std::string_view device) const;
  // app/home.cc
  Answered Home(Visit& visit);
  Answered SaveProfile(Visit& visit);
  Answered TryProgram(Visit& visit);
  // Wait for a turn among those who send texts, and ask profile.
  Task<Result<SaveReply>> Save(Visit& visit, std::string member, SaveRequest request);
  Task<Result<TryReply>> Try(Visit& visit, std::string member, TryRequest request);
  Answered SetLimits(Visit& visit);
  // The home page, with what `page` says already; what was typed still in its form, unless it is the saved one again.
  Task<Result<Response>> HomeWith(Visit& visit, const CheckReply& check, HomePage page, const std::string* typed);
  // app/program.cc
  Answered Program(Visit& visit);
  Answered Manual(Visit& visit);
  static ManualPage ManualOf(const Config::Profile& limits);
  // app/members.cc
  Answered Users(Visit& visit);
  Answered Members(Visit& visit);
  Answered OwnJournal(Visit& visit);
  // app/transfer.cc
  Answered Transfer(Visit& visit);
  Answered TransferForm(Visit& visit);
  Answered Send(Visit& visit);
  Task<std::optional<TransferReply>> Pay(Visit& visit, TransferRequest request);
  // app/account.cc
  Answered Account(Visit& visit);
  Answered EndSessions(Visit& visit, LogoutRequest request);
  Answered ChangePassword(Visit& visit);
  Answered ShowAccount(Visit& visit, std::string_view warning, std::string_view notice);
  // app/small.cc
  Answered ZoobarJs(Visit& visit);
  Answered Echo(Visit& visit);
  Answered Strength(Visit& visit);

  Site& site_;
  Peer &auth_, &bank_, &profile_, &echo_, &dispatcher_;
  const Pages pages_;
  std::uint32_t min_password_, min_score_, profile_limit_;
  ManualPage manual_;  // without its reader
  RouteTable routes_;
  std::map<std::uint32_t, std::uint32_t> dispatcher_starts_;  // by instance: how often it was lost
  const std::size_t capacity_;                                // connections at a time
  Connections connections_;
  // Shares of what app may ask of others at once: pages, and of these that wait for passwords, and with a profile's
  // text.
  FairQueue pages_in_work_, entering_, texts_;
  struct Untold {
    Client client;
    bool closed;
    Bytes unread;
  };
  std::map<std::uint32_t, std::deque<Untold>> untold_;  // by instance of the dispatcher
  Timer tell_again_;
  InFlight in_flight_;  // pages that may wait for other roles after their clients have left
  std::int64_t served_ = 0, unavailable_ = 0, turned_away_ = 0;
};

extern const RoleSpec kAppRole;

}  // namespace zoobar
