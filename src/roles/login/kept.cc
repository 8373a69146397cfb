// The part of login that gives members back the text that they sent when their session had ended.
#include "roles/login.h"
#include "web/kept_text.h"

namespace zoobar {

bool Login::CarriesText(const WebRequest& web) { return web.posted() && !web.form.Get(kTextField).empty(); }

void Login::AddKept(LoginPage& page, const KeptText& kept) {
  if (kept.text.empty()) return;
  page.text = kept.text;
  page.text_of = kept.writer;
  page.carries = kept.carries;
  if (page.name.empty()) page.name = kept.writer;
  page.notice = kept.carries ? "You were logged out. Your text is not saved yet, but this page keeps it: when you have "
                               "logged in, it is in the form again."
                             : "You were logged out. Your text is not saved.";
}

Response Login::TextAgain(const std::string& member, const KeptText& kept, bool must_change) const {
  KeptPage page;
  if (!must_change) page.member = member;  // before they have a password of their own, the navigation leads nowhere
  page.heading = "Your text";
  page.notice = "You are logged in. Your text is not saved yet.";
  page.must_change = must_change;
  page.form = FormFor(member, kept.text);
  Response response = Html(pages_.Render(page), member);
  if (Pages::HaveEditor()) response.policy = Policy::kEditor;
  return response;
}

}  // namespace zoobar
