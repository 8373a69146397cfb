// What the roles that serve pages have in common (app, login): the connections that dispatchers hand over to them, and
// the way of a request from its turn to its answer. Each role derives from PageRole and has its own pages.
//
// A dispatcher decides by the path which role gets a connection. A role keeps the connection after a page, because the
// next request is mostly for the same role. If it is not, the role gives the connection back. It reads only kFirstBytes
// of the next request before it has seen the path. These cannot hold a byte of a password, so a password reaches only
// the role that serves its path. (Connections::Options::first_bytes has the limits of this.)
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.pb.h"
#include "dispatcher.pb.h"
#include "http/connection.h"
#include "http/form.h"
#include "ipc/fair_queue.h"
#include "pages/pages.h"
#include "site/in_flight.h"
#include "site/request_figures.h"
#include "site/role.h"
#include "site/routes.h"
#include "web/kept_text.h"

namespace zoobar {

// The shortest head of a request for a page of login that has a body. Each byte of the body comes after it.
// test/web/first_bytes_test.cc shows that the parser takes no shorter one.
inline constexpr std::string_view kShortestHead = "GET /zoobar/index.cgi/login HTTP/1.0\r\nContent-Length:1\r\n\r\n";
inline constexpr std::size_t kFirstBytes = kShortestHead.size();

// One HTTP request, with what the role has read from it. The object lives in the coroutine frame of PageRole::Respond
// until the answer is made, so every coroutine of a page may hold a reference to it.
struct WebRequest {
  Request http;
  FormFields query, form;
  Bytes token;   // the session token from the cookie; empty: none
  Bytes device;  // the device token from the cookie; empty: none
  // The right of this page to be worked on. Only a bounded number of pages have this right at the same time. The page
  // gives the turn back before it waits in another role's queue, because that wait may be long, and the other role has
  // a fair queue of its own.
  FairQueue::Turn turn;
  bool acted = false;  // something has already been changed, so a later error does not mean that nothing was done

  const RequestHead& head() const { return http.head; }
  bool posted() const { return http.head.method == HttpMethod::kPost; }
};

class PageRole : public RoleBody, private HttpHandler {
 public:
  void Drain(std::function<void()> done) override;
  // A role that has more to reload calls this too.
  void Reload(const Config& config) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 protected:
  using Answered = Task<Result<Response>>;  // an Error becomes a page with status 503 (Sorry)
  // A row of a role's table of pages.
  template <typename Self>
  struct Route {
    std::string_view path;
    bool get, post;
    Answered (Self::*page)(WebRequest& web);
  };

  // role: the role that serves these pages. open_files: the process's RLIMIT_NOFILE; 0: ask the kernel.
  PageRole(Site& site, Role role, std::size_t open_files);

  // The handlers of Serve and LetGo, which each role has in its own service.
  Result<Outgoing<ServeReply>> TakeConnection(Caller from, const ServeRequest& request, std::vector<Fd> fds,
                                              Bytes unread);
  void LetConnectionGo(Caller from, const LetGoRequest& request);

  // Names the pages whose requests have figures of their own. A role calls it once, with its table of pages.
  template <typename Self, std::size_t size>
  void CountRequests(const Route<Self> (&routes)[size]) {
    for (const Route<Self>& route : routes) figures_.AddRoute(route.path);
  }
  // Makes the page. A role calls FindPage with its table of pages.
  virtual Answered Page(WebRequest& web) = 0;
  template <typename Self, std::size_t size>
  Answered FindPage(Self& self, const Route<Self> (&routes)[size], WebRequest& web) {
    const auto* const route = std::find_if(std::begin(routes), std::end(routes),
                                           [&](const Route<Self>& one) { return one.path == web.head().path(); });
    const bool found = route != std::end(routes);
    std::optional<Response> refused = found ? Gate(web, route->path, route->get, route->post) : NoSuchPage();
    if (refused) co_return std::move(*refused);
    ReadCookies(web);
    co_return co_await (self.*route->page)(web);
  }

  // Gives web.turn back and waits for a turn in `queue`, before a call that may take long.
  static Task<FairQueue::Turn> AdmitLasting(WebRequest& web, FairQueue& queue, std::string principal);
  // Waits for a turn of this page again, after it has given web.turn back. Returns a refusal if the page gets no turn.
  Task<std::optional<Response>> AdmitAgain(WebRequest& web);
  static Response Html(std::string body, std::string_view member = {});
  Response Message(int status, std::string_view heading, std::string_view text) const;
  std::optional<Response> NoSuchPage() const;
  // Redirects to the login, which leads back to this request's page.
  static Response ToLogin(const WebRequest& web);
  // The form of the profile, with a text that is not saved. The texts must outlive the form.
  ProfileForm FormFor(std::string_view writer, std::string_view text) const;
  // The most bytes that the body of a request may have.
  std::size_t BodyBytes() const { return site_.config().http().body_bytes(); }
  static void EndCookie(Response& response, const WebRequest& web, std::string_view cookie);

  Site& site_;
  Pages pages_;

 private:
  // Connections (page_connections.cc).
  bool ServesPath(std::string_view path) override;
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override;
  void OnClosed(const Client& client) override;
  void OnServed(const Served& served) override;
  std::uint32_t DispatcherTag(std::uint32_t instance) const;
  bool MakeRoom();
  // Tells the dispatcher that this role no longer has a connection. The dispatcher keeps a place for the connection
  // until it gets this message. So if the channel has no room for the message, it is sent again later. Returns false if
  // that dispatcher has ended.
  bool Tell(const Client& client, bool closed, Bytes unread);
  void TellAgain();
  void CountThings();

  // One request (page_answer.cc).
  Task<void> Answer(Exchange exchange, Request request);
  // Waits for a turn. Addresses share the turns fairly. The turn is not granted if the client has left or the site is
  // busy.
  Task<FairQueue::Turn> Admit(FairQueue::Ask ask, const Exchange& exchange);
  Task<Response> Respond(Request request, const Exchange& exchange);
  Response TooManyPages(std::int64_t retry_after_s) const;
  // Parses the query and the form. Returns a refusal if the request must not reach its page, else nothing.
  std::optional<Response> Gate(WebRequest& web, std::string_view path, bool get, bool post) const;
  static void ReadCookies(WebRequest& web);
  Response Sorry(const WebRequest& web, Cause cause) const;
  Response SorryWithText(const KeptText& kept, std::string_view heading, const std::string& text) const;

  const Role role_;
  Peer& dispatcher_;
  RouteTable routes_;
  std::map<std::uint32_t, std::uint32_t> dispatcher_starts_;  // by instance: how often it was lost
  const std::size_t capacity_;                                // the most connections at the same time
  Connections connections_;
  FairQueue pages_in_work_;  // pages that are worked on at the same time
  struct Untold {
    Client client;
    bool closed;
    Bytes unread;
  };
  std::map<std::uint32_t, std::deque<Untold>> untold_;  // messages still to be sent, by instance of the dispatcher
  Timer tell_again_;
  InFlight in_flight_;  // pages being answered. Some still wait for other roles after their clients have left
  RequestFigures figures_;
  std::int64_t served_ = 0, unavailable_ = 0, turned_away_ = 0;
};

}  // namespace zoobar
