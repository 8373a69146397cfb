#include "roles/profile.h"

#include <utility>

#include "html/sanitize.h"
#include "ipc/utf8.h"
#include "roles/store_counters.h"
#include "roles/ticket.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "the profiles"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment profile"},
    {Calls::kThreads, "one thread that commits, so that the loop never waits for the disk"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

SaveReply Answer(SaveReply::Outcome outcome, std::uint32_t limit = 0) {
  SaveReply reply;
  reply.set_outcome(outcome);
  reply.set_limit(limit);
  return reply;
}

// SAVED when the sanitizer's answer can be; else why nothing is saved.
SaveReply AnswerTo(const CleanReply& cleaned) {
  switch (cleaned.outcome()) {
    case CleanReply::OUTCOME_CLEAN:
      return Answer(SaveReply::OUTCOME_SAVED);
    case CleanReply::OUTCOME_TOO_LARGE:
      return Answer(SaveReply::OUTCOME_TOO_LARGE, static_cast<std::uint32_t>(SanitizeLimits().input));
    case CleanReply::OUTCOME_NOT_UTF8:
      return Answer(SaveReply::OUTCOME_NOT_UTF8);
    default:
      return Answer(SaveReply::OUTCOME_TOO_COMPLEX);
  }
}

}  // namespace

bool IsProgram(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  constexpr std::string_view kMark = "#!python";
  return line.starts_with(kMark) && line.find_first_not_of(" \t\r", kMark.size()) == std::string_view::npos;
}

Profile::Options::Options() : allow_list_version(kAllowListVersion) {}

Profile::Profile(Site& site, Options options)
    : site_(site),
      options_(std::move(options)),
      max_source_bytes_(site.config().profile().max_source_bytes()),
      profiles_(MustHave(Profiles::Open(site.loop(), options_.folder, site.config().store()))) {
  site.service().Handle(&Profile::Get, this);
  site.service().Handle(&Profile::Save, this);
  site.Count("saved", [this] { return saved_; });
  site.Count("cleaned_again", [this] { return renewed_; });
  site.Count("tickets.refused", [this] { return refused_tickets_; });
  CountStore(site, profiles_->environment());
}

Task<Result<Outgoing<GetReply>>> Profile::Get(Incoming<GetRequest> call) {
  InFlight::Call here(in_flight_);
  const GetRequest& asked = call.message;
  if (asked.member().size() != kMemberIdSize) co_return Error::Of("a member id of {} bytes", asked.member().size());
  Result<std::optional<StoredProfile>> found = profiles_->Get(asked.member());
  if (!found.ok()) co_return found.error();
  GetReply reply;
  reply.set_kind(GetReply::KIND_EMPTY);
  if (!found->has_value()) co_return reply;
  StoredProfile profile = std::move(**found);
  if (profile.kind() == StoredProfile::KIND_HTML && profile.html_version() != options_.allow_list_version) {
    Result<StoredProfile> renewed = co_await Renew(asked.member(), std::move(profile));
    if (!renewed.ok()) co_return renewed.error();
    profile = std::move(*renewed);
  }
  const bool program = profile.kind() == StoredProfile::KIND_PROGRAM;
  reply.set_kind(program ? GetReply::KIND_PROGRAM : GetReply::KIND_HTML);
  if (!program) reply.set_html(std::move(*profile.mutable_html()));
  if (program || asked.source()) reply.set_source(std::move(*profile.mutable_text()));
  co_return reply;
}

Task<Result<Outgoing<SaveReply>>> Profile::Save(Incoming<SaveRequest> call) {
  InFlight::Call here(in_flight_);
  std::string& text = *call.message.mutable_text();
  if (text.size() > max_source_bytes_) co_return Answer(SaveReply::OUTCOME_TOO_LARGE, max_source_bytes_);
  if (!IsUtf8(text)) co_return Answer(SaveReply::OUTCOME_NOT_UTF8);
  const std::int64_t now = options_.clock();
  Result<TicketBody> ticket = CheckTicket(site_.TicketKeyFor(ROLE_PROFILE), call.message.ticket(), ROLE_PROFILE,
                                          kSaveProfileMethod, SaveProfileDigest(TextHash(text)), now);
  if (!ticket.ok()) {
    ++refused_tickets_;
    site_.log().Security(
        "ticket-refused",
        {{"from", RoleName(call.from.role)}, {"method", kSaveProfileMethod}, {"why", ticket.error().text}});
    co_return Answer(SaveReply::OUTCOME_TICKET_REFUSED);
  }
  StoredProfile profile;
  profile.set_kind(IsProgram(text) ? StoredProfile::KIND_PROGRAM : StoredProfile::KIND_HTML);
  profile.set_saved_ms(now);
  profile.set_act(ticket->id());
  if (profile.kind() == StoredProfile::KIND_HTML && !text.empty()) {
    Result<CleanReply> cleaned = co_await Clean(text);
    if (!cleaned.ok()) co_return cleaned.error();
    SaveReply answer = AnswerTo(*cleaned);
    if (answer.outcome() != SaveReply::OUTCOME_SAVED) co_return answer;
    profile.set_html(std::move(*cleaned->mutable_html()));
    profile.set_html_version(cleaned->version());
  }
  profile.set_text(std::move(text));
  Status saved = co_await profiles_->Save(ticket->member(), std::move(profile));
  if (!saved.ok()) co_return saved.error();
  ++saved_;
  co_return Answer(SaveReply::OUTCOME_SAVED);
}

Task<Result<CleanReply>> Profile::Clean(std::string html) {
  CleanRequest request;
  request.set_html(std::move(html));
  auto cleaning = site_.peer(ROLE_SANITIZER).Call<CleanReply>(std::move(request));
  Result<Incoming<CleanReply>> reply = co_await cleaning;
  if (!reply.ok()) co_return reply.error();
  co_return std::move(reply->message);
}

Task<Result<StoredProfile>> Profile::Renew(std::string member, StoredProfile profile) {
  Result<CleanReply> cleaned = co_await Clean(profile.text());
  if (!cleaned.ok()) co_return cleaned.error();
  // What the present allow-list cannot clean is not shown; its owner still has the source.
  const bool clean = cleaned->outcome() == CleanReply::OUTCOME_CLEAN;
  profile.set_html(clean ? std::move(*cleaned->mutable_html()) : std::string());
  profile.set_html_version(options_.allow_list_version);
  Status saved = co_await profiles_->SaveCleaned(std::move(member), profile);
  // Cleaned is cleaned, kept or not: only the next visitor pays for it.
  if (!saved.ok()) site_.log().Warning("profile-not-renewed", {{"why", saved.error().text}});
  ++renewed_;
  co_return profile;
}

const RoleSpec kProfileRole = {
    .role = ROLE_PROFILE,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Profile>(site); },
};

}  // namespace zoobar
