// The part of profile that lets the sanitizer clean HTML. It does so when HTML is saved, when a program has printed it,
// and when it is read after the allow-list has changed.
#include <utility>

#include "html/sanitize.h"
#include "roles/profile.h"

namespace zoobar {
namespace {

// Returns OUTCOME_SAVED if the sanitizer cleaned the document, else the reason why nothing is saved.
SaveReply AnswerTo(const Cleaning::Answer& cleaned) {
  SaveReply answer;
  if (!cleaned.answered) {
    answer.set_outcome(SaveReply::OUTCOME_BUSY);
    answer.set_retry_after_s(cleaned.retry_after_s);
    return answer;
  }
  switch (cleaned.reply.outcome()) {
    case CleanReply::OUTCOME_CLEAN:
      answer.set_outcome(SaveReply::OUTCOME_SAVED);
      break;
    case CleanReply::OUTCOME_TOO_LARGE:
      answer.set_outcome(SaveReply::OUTCOME_TOO_LARGE);
      answer.set_limit(static_cast<std::uint32_t>(SanitizeLimits().input));
      break;
    case CleanReply::OUTCOME_NOT_UTF8:
      answer.set_outcome(SaveReply::OUTCOME_NOT_UTF8);
      break;
    default:
      answer.set_outcome(SaveReply::OUTCOME_TOO_COMPLEX);
  }
  return answer;
}

// Adds what only the owner may see.
void TellOwner(Programs::Outcome& outcome, ShowReply& reply) {
  reply.set_why(std::move(outcome.why));
  reply.set_errors(std::move(outcome.output.errors));
  if (!reply.errors().empty() && !outcome.output.output.empty()) {
    for (TranscriptPiece& piece : outcome.output.transcript) {
      ShowReply::Piece* const added = reply.add_transcript();
      added->set_text(std::move(piece.text));
      added->set_error(piece.error);
    }
  }
  reply.mutable_denials()->Swap(outcome.output.end.mutable_denials());
  reply.mutable_dropped()->Swap(outcome.output.end.mutable_dropped());
  if (outcome.result == ShowReply::RUN_PAUSED) *reply.mutable_state() = std::move(outcome.state);
}

}  // namespace

Task<Result<ShowReply>> Profile::Present(Programs::Outcome outcome, std::string visitor, std::string owner,
                                         std::int64_t deadline) {
  const bool to_owner = owner == visitor;
  ShowReply reply;
  reply.set_kind(GetReply::KIND_PROGRAM);
  reply.set_run(outcome.result);
  reply.set_cut(outcome.output.cut);
  reply.set_retry_after_s(outcome.retry_after_s);
  if (to_owner) TellOwner(outcome, reply);
  if (outcome.output.output.empty()) co_return reply;
  Cleaning::Document document{std::move(outcome.output.output), std::move(visitor), std::move(owner),
                              Cleaning::DeadlineFor(deadline), true};
  auto cleaning = cleaning_.Clean(std::move(document));
  Cleaning::Answer cleaned = co_await cleaning;
  // If the output cannot be cleaned, the rest of the page is still shown.
  if (!cleaned.answered) {
    if (reply.run() == ShowReply::RUN_DONE) reply.set_run(ShowReply::RUN_UNCLEANED);
    reply.set_retry_after_s(cleaned.retry_after_s);
    co_return reply;
  }
  if (cleaned.reply.outcome() == CleanReply::OUTCOME_CLEAN) {
    reply.set_html(std::move(*cleaned.reply.mutable_html()));
    if (to_owner) *reply.mutable_removed() = std::move(*cleaned.reply.mutable_removed());
    co_return reply;
  }
  if (reply.run() == ShowReply::RUN_DONE) reply.set_run(ShowReply::RUN_FAILED);
  if (to_owner)
    reply.set_why("The output is too complex to be shown as HTML. Print fewer nested elements.\n" + reply.why());
  co_return reply;
}

Task<SaveReply> Profile::CleanInto(StoredProfile& profile, const std::string& text, std::string member,
                                   std::int64_t deadline) {
  Cleaning::Document document{text, member, member, Cleaning::DeadlineFor(deadline)};
  auto cleaning = cleaning_.Clean(std::move(document));
  Cleaning::Answer cleaned = co_await cleaning;
  SaveReply answer = AnswerTo(cleaned);
  if (answer.outcome() == SaveReply::OUTCOME_SAVED) *answer.mutable_removed() = cleaned.reply.removed();
  profile.set_html_version(cleaned.reply.version());
  profile.set_html(std::move(*cleaned.reply.mutable_html()));
  co_return answer;
}

Task<Profile::Loaded> Profile::Renew(std::string member, StoredProfile profile, std::int64_t deadline) {
  if (const auto found = renewals_.find(member); found != renewals_.end()) {
    const std::shared_ptr<Renewal> renewal = found->second;
    const auto done = std::make_shared<Promised<bool>>();
    renewal->others.push_back(done);
    Promised<bool>& answered = *done;
    co_await answered;
    co_return renewal->loaded;
  }
  const auto renewal = std::make_shared<Renewal>();
  renewals_.emplace(member, renewal);
  auto renewing = RenewNow(member, std::move(profile), deadline);
  renewal->loaded = co_await renewing;
  renewals_.erase(member);
  for (const auto& other : renewal->others) other->Set(true);
  co_return renewal->loaded;
}

Task<Profile::Loaded> Profile::RenewNow(std::string member, StoredProfile profile, std::int64_t deadline) {
  // The owner's share pays for this cleaning, and not the first reader's share, because it is done once for all
  // readers.
  Cleaning::Document document{profile.text(), member, member, Cleaning::DeadlineFor(deadline)};
  auto cleaning = cleaning_.Clean(std::move(document));
  Cleaning::Answer cleaned = co_await cleaning;
  Loaded loaded;
  // HTML that cannot be cleaned with the present allow-list is not shown. Its owner can still read the source.
  const bool clean = cleaned.answered && cleaned.reply.outcome() == CleanReply::OUTCOME_CLEAN;
  profile.set_html(clean ? std::move(*cleaned.reply.mutable_html()) : std::string());
  loaded.retry_after_s = cleaned.retry_after_s;
  if (cleaned.answered) {
    profile.set_html_version(options_.allow_list_version);
    auto saving = profiles_->SaveCleaned(std::move(member), profile);
    const Status saved = co_await saving;
    // The cleaned HTML is shown even if it could not be saved. In that case it is cleaned again on the next visit.
    if (!saved.ok()) site_.log().Warning("profile-not-renewed", {{"why", saved.error().text}});
    ++renewed_;
  }
  loaded.profile = std::move(profile);
  co_return loaded;
}

}  // namespace zoobar
