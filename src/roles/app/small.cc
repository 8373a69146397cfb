// The part of app that serves the balance as JavaScript, echo, and the strength of a password.
#include "credentials/strength.h"
#include "echo.pb.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"

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

// Rates a password, for the hint beside the field of a new password. The password is not kept. When the form is sent,
// auth checks the password again with the same estimator.
App::Answered App::Strength(WebRequest& web) {
  const Bytes password = web.form.Take("password");
  const int score = EstimateStrength(View(password), web.form.Get("name")).score;
  static constexpr std::string_view kWords[] = {"too easy to guess", "weak", "fair", "good", "strong"};
  Response response =
      Response::Text(200, fmt::format("As a new password: {}{}.", kWords[score],
                                      score < static_cast<int>(password_rules_.min_score) ? ", not accepted" : ""));
  co_return response;
}

}  // namespace zoobar
