// The part of app that serves the balance as JavaScript, and echo.
#include "echo.pb.h"
#include "ipc/try.h"
#include "roles/app.h"
#include "text/utf8.h"

namespace zoobar {

// Pages of other sites cannot load this script, because every answer has Cross-Origin-Resource-Policy: same-origin.
App::Answered App::ZoobarJs(WebRequest& web) {
  CheckRequest request;
  CO_TRY(CheckReply check, Check(web, std::move(request)));
  Response response;
  response.type = media_type::kScript;
  if (!check.session()) co_return response;
  CO_TRY(std::int64_t zoobars, OwnBalance(web, check.member()));
  response.body = fmt::format("var myZoobars = {};\n", zoobars);
  response.member = check.name();
  co_return response;
}

App::Answered App::Echo(WebRequest& web) {
  const std::string said = MendUtf8(web.query.Get("s"));
  CheckRequest who;
  CO_TRY(CheckReply check, Check(web, std::move(who)));
  EchoPage page;
  page.member = check.name();
  page.said = said;
  if (said.empty()) co_return Html(pages_.Render(page), page.member);
  SayRequest request;
  request.set_text(said);
  CO_TRY(const auto reply, echo_.Call<SayReply>(std::move(request)));
  page.answer = reply.message.text();
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
