// The part of PageRole that takes one request from its turn to its answer.
#include <fmt/format.h>

#include "text/utf8.h"
#include "web/kept_text.h"
#include "web/page_role.h"
#include "web/rules.h"

namespace zoobar {
namespace {

// A client that is refused for now gets its answer after this pause. Some clients ask again at once, whatever
// Retry-After says; without the pause, refusals to them would take the time of others.
constexpr Milliseconds kRefusalPause{100};
constexpr std::uint32_t kRestartSeconds = 2;        // Retry-After while a role is being restarted
constexpr std::int64_t kPagePatience = 10'000'000;  // microseconds that a page waits for a turn

bool AsksToComeBack(const Response& response) {
  return View(response.fields()).find("Retry-After:") != std::string_view::npos;
}

}  // namespace

Task<void> PageRole::Answer(Exchange exchange, Request request) {
  const InFlight::Call counted(in_flight_);
  Response response;
  {
    auto responding = Respond(std::move(request), exchange);
    response = co_await responding;
  }
  // The request and the page's turn have been released already, so the pause does not hold them.
  if (AsksToComeBack(response)) {
    auto pause = Sleep(site_.loop(), kRefusalPause);
    co_await pause;
  }
  exchange.Answer(std::move(response));
}

Task<Response> PageRole::Respond(Request request, const Exchange& exchange) {
  WebRequest web;
  FairQueue::Ask ask;
  ask.principal = AddressPrincipal(request.address.Text());
  web.turn = pages_in_work_.Try(ask);  // nearly always granted at once; this saves the cost of a coroutine
  if (!web.turn.granted()) {
    auto admitting = Admit(std::move(ask), exchange);
    web.turn = co_await admitting;
  }
  if (!web.turn.granted()) co_return TooManyPages(web.turn.retry_after_s());
  web.http = std::move(request);
  Result<Response> response = co_await Page(web);
  if (response.ok()) co_return std::move(*response);
  ++unavailable_;
  site_.log().Warning("page-unavailable", {{"path", MendUtf8(web.head().path())}, {"why", response.error().text}});
  co_return Sorry(web, response.error().cause);
}

Response PageRole::TooManyPages(std::int64_t retry_after_s) const {
  Response busy = Message(503, "The site is busy",
                          "Too many pages were requested at once. Your request was not carried out; try again.");
  busy.AddField("Retry-After", std::to_string(retry_after_s));
  return busy;
}

Task<FairQueue::Turn> PageRole::Admit(FairQueue::Ask ask, const Exchange& exchange) {
  ask.deadline = MonotonicMicros() + kPagePatience;
  ask.gone = [&exchange] { return !exchange.alive(); };
  auto waiting = pages_in_work_.Wait(std::move(ask));
  co_return co_await waiting;
}

Task<FairQueue::Turn> PageRole::AdmitLasting(WebRequest& web, FairQueue& queue, std::string principal) {
  web.turn.End();
  FairQueue::Ask ask;
  ask.principal = std::move(principal);
  ask.deadline = MonotonicMicros() + kPagePatience;
  ask.begins = true;  // the other role bounds how long the call takes
  auto waiting = queue.Wait(std::move(ask));
  co_return co_await waiting;
}

Task<std::optional<Response>> PageRole::AdmitAgain(WebRequest& web) {
  auto admitting = AdmitLasting(web, pages_in_work_, AddressPrincipal(web.http.address.Text()));
  web.turn = co_await admitting;
  if (!web.turn.granted()) co_return TooManyPages(web.turn.retry_after_s());
  co_return std::nullopt;
}

std::optional<Response> PageRole::NoSuchPage() const {
  return Message(404, "Not found", "There is no page at this address. Check the address, or start at the home page.");
}

std::optional<Response> PageRole::Gate(WebRequest& web, std::string_view path, bool get, bool post) const {
  const HttpMethod method = web.head().method;
  const bool reads = method == HttpMethod::kGet || method == HttpMethod::kHead;
  if (!(reads && get) && !(web.posted() && post)) {
    Response response =
        Message(405, "Method not allowed",
                "This page cannot be requested in this way. Go to the home page and use its links and forms.");
    response.AddField("Allow", !get ? "POST" : post ? "GET, HEAD, POST" : "GET, HEAD");
    return response;
  }
  if (web.posted() && IsCrossSite(web.head())) {
    site_.log().Security("cross-site-post", {{"path", path}, {"address", web.http.address.Text()}});
    return Message(
        403, "Form refused",
        "This form was sent from another site. If you meant to send it, open the page here and send it again.");
  }
  if (!web.http.body.empty() && !HasFormBody(web.head())) {
    return Message(415, "Wrong type of form", "This site accepts forms as application/x-www-form-urlencoded only.");
  }
  Result<FormFields> query = FormFields::Parse(web.head().query());
  Result<FormFields> form = FormFields::Parse(View(web.http.body));
  if (!query.ok() || !form.ok())
    return Message(400, "Bad request", "The address or the form is not encoded correctly. Go back and try again.");
  web.query = std::move(*query);
  web.form = std::move(*form);
  return std::nullopt;
}

void PageRole::ReadCookies(WebRequest& web) {
  web.token = ToBytes(FindToken(web.head(), kSessionCookie, web.http.secure));
  web.device = ToBytes(FindToken(web.head(), kDeviceCookie, web.http.secure));
}

Response PageRole::ToLogin(const WebRequest& web) {
  // A text that took long to write must not be lost: the browser sends it again, to the login.
  if (web.posted() && !web.form.Get(kTextField).empty()) return Response::Redirect(307, LoginFor(web.head()));
  return Response::Redirect(web.posted() ? 303 : 302, LoginFor(web.head()));
}

void PageRole::EndCookie(Response& response, const WebRequest& web, std::string_view cookie) {
  response.SetCookie(CookieName(cookie, web.http.secure), "", -1, web.http.secure);
}

Response PageRole::Html(std::string body, std::string_view member) {
  Response response;
  response.body = std::move(body);
  response.member = member;
  return response;
}

ProfileForm PageRole::FormFor(std::string_view writer, std::string_view text) const {
  ProfileForm form;
  form.name = writer;
  form.source = text;
  form.limit = site_.config().profile().max_source_bytes();
  form.unsaved = true;
  return form;
}

Response PageRole::Message(int status, std::string_view heading, std::string_view text) const {
  MessagePage page;
  page.status = static_cast<unsigned>(status);
  page.heading = heading;
  page.text = text;
  const std::string request = status < 400 || CurrentRequest().none() ? "" : CurrentRequest().Hex();
  page.request = request;
  Response response = Html(pages_.Render(page));
  response.status = status;
  return response;
}

// A text that was sent goes back to its sender, in the form again.
Response PageRole::SorryWithText(const KeptText& kept, std::string_view heading, const std::string& text) const {
  const std::string warning = text + " Your text is in the form below.";
  KeptPage page;
  page.heading = heading;
  page.warning = warning;
  page.form = FormFor(kept.writer, kept.text);
  Response response = Html(pages_.Render(page));
  response.status = 503;
  if (Pages::HaveEditor()) response.policy = Policy::kEditor;
  return response;
}

// Makes the page for a request that failed. The page says whether the request was carried out, as far as this role knows.
Response PageRole::Sorry(const WebRequest& web, Cause cause) const {
  const auto say = [this, &web](std::string_view heading, const std::string& text, std::uint32_t retry_after_s) {
    const KeptText kept = KeptTextIn(web.form, BodyBytes());
    Response page = kept.text.empty() ? Message(503, heading, text) : SorryWithText(kept, heading, text);
    page.AddField("Retry-After", std::to_string(retry_after_s));
    return page;
  };
  const bool certain = !web.acted && (cause == Cause::kNoRoom || cause == Cause::kBusy);
  const std::string_view then = certain ? "Your request was not carried out."
                                : web.posted() || web.acted
                                    ? "Check whether your request was carried out before you try again."
                                    : "Please try again.";
  switch (cause) {
    case Cause::kNoRoom:
      return say("Disk full", fmt::format("The disk of this site is full. {} The operator has been informed.", then),
                 kNoRoomSeconds);
    case Cause::kBusy:
      return say("The site is busy", fmt::format("This site has more requests than it can handle. {}", then),
                 kRestartSeconds);
    case Cause::kGone:
      return say("Back in a moment", fmt::format("A part of this site is being restarted. {}", then), kRestartSeconds);
    case Cause::kNotRecorded:  // only for the operator
    case Cause::kUnreceived:
    case Cause::kOther:
      break;
  }
  return say("No answer", fmt::format("A part of this site did not answer. {}", then), kRestartSeconds);
}

}  // namespace zoobar
