// app: the balance as JavaScript, echo, and how strong a password would be.
#include "credentials/strength.h"
#include "echo.pb.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/app.h"

namespace zoobar {

// Other sites cannot include it: every answer says Cross-Origin-Resource-Policy: same-origin.
App::Answered App::ZoobarJs(Visit& visit) {
  CheckRequest request;
  CO_TRY(CheckReply check, Check(visit, std::move(request)));
  Response response;
  response.type = media_type::kScript;
  if (!check.session()) co_return response;
  CO_TRY(std::int64_t zoobars, OwnBalance(visit, check.member()));
  response.body = fmt::format("var myZoobars = {};\n", zoobars);
  response.member = check.name();
  co_return response;
}

App::Answered App::Echo(Visit& visit) {
  const std::string said = MendUtf8(visit.query.Get("s"));
  CheckRequest who;
  CO_TRY(CheckReply check, Check(visit, std::move(who)));
  EchoPage page;
  page.member = check.name();
  page.said = said;
  if (said.empty()) co_return Html(pages_.Render(page), page.member);
  SayRequest request;
  request.set_text(said);
  auto reply = co_await echo_.Call<SayReply>(std::move(request));
  if (!reply.ok()) co_return reply.error();
  page.answer = reply->message.text();
  co_return Html(pages_.Render(page), page.member);
}

// For the hint beside a password's field. Nothing is kept; auth judges again, by the same estimator, when it is chosen.
App::Answered App::Strength(Visit& visit) {
  const Bytes password = visit.form.Take("password");
  const int score = EstimateStrength(View(password), visit.form.Get("name")).score;
  static constexpr std::string_view kWords[] = {"among the first that are guessed", "weak", "fair", "good", "strong"};
  Response response = Response::Text(200, fmt::format("As a new password: {}{}.", kWords[score],
                                                      score < static_cast<int>(min_score_) ? ", refused here" : ""));
  co_return response;
}

}  // namespace zoobar
