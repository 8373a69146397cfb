#include "roles/profile.h"

#include <utility>

#include "bank.pb.h"
#include "credentials/names.h"
#include "html/sanitize.h"
#include "ipc/try.h"
#include "site/program_text.h"
#include "site/queue_counters.h"
#include "site/store_counters.h"
#include "site/ticket.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "the profiles"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment profile"},
    {Calls::kThreads, "one thread for commits, so that the loop never waits for the disk"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 1024, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

// Each member has one save at a time. The saves of several members share a commit.
constexpr FairQueue::Limits kSaves{.slots = 16, .slots_per_principal = 1, .waiting = 1024, .waiting_per_principal = 16};
constexpr Milliseconds kSaveTakes{10};         // assumed duration of a save, until saves have been measured
constexpr std::int64_t kToAnswerUs = 500'000;  // the part of the caller's time that is kept for cleaning and the answer

// Returns the moment when the caller stops waiting, by MonotonicMicros.
template <typename Request>
std::int64_t DeadlineOf(const Incoming<Request>& call) {
  if (call.deadline != 0) return call.deadline;
  return MonotonicMicros() + std::chrono::microseconds(MethodForRequest<Request>().deadline).count();
}

SaveReply Busy(std::int64_t retry_after_s) {
  SaveReply reply;
  reply.set_outcome(SaveReply::OUTCOME_BUSY);
  reply.set_retry_after_s(static_cast<std::uint32_t>(retry_after_s));
  return reply;
}

SaveReply Answer(SaveReply::Outcome outcome, std::uint32_t limit = 0) {
  SaveReply reply;
  reply.set_outcome(outcome);
  reply.set_limit(limit);
  return reply;
}

}  // namespace

Profile::Options::Options() : allow_list_version(kAllowListVersion) {}

Profile::Profile(Site& site, Options options)
    : site_(site),
      options_(std::move(options)),
      max_source_bytes_(site.config().profile().max_source_bytes()),
      profiles_(MustHave(Profiles::Open(site.loop(), options_.folder, site.config().store()))),
      social_(profiles_->environment()),
      operator_acts_(ROLE_PROFILE, site.operator_key(), options_.clock),
      programs_(site, *profiles_, social_, in_flight_, options_.clock),
      cleaning_(site),
      saves_(site.loop(), kSaves, kSaveTakes) {
  site.service().Handle(&Profile::Get, this);
  site.service().Handle(&Profile::Show, this);
  site.service().Handle(&Profile::Save, this);
  site.service().Handle(&Profile::Try, this);
  site.service().Handle(&Profile::Own, this);
  site.service().Handle(&Profile::Pause, this);
  site.service().Handle(&Profile::Denials, this);
  site.service().Handle(&Profile::Erase, this);
  site.service().Handle(&Profile::Operate, this);
  site.service().Handle(&Profile::Describe, this);
  site.Count("saved", [this] { return saved_; });
  site.Count("cleaned_again", [this] { return renewed_; });
  site.Count("tickets.refused", [this] { return refused_tickets_; });
  site.Count("cleaned_with_another", [this] { return cleaning_.joined(); });
  CountQueue(site, "cleaning", cleaning_.queue());
  CountQueue(site, "saves", saves_);
  CountStore(site, profiles_->environment());
}

void Profile::Reload(const Config& config) {
  max_source_bytes_ = config.profile().max_source_bytes();
  programs_.Reload(config);
}

void Profile::PeerWired(Role role, std::uint32_t, std::int32_t, Fd) {
  if (role == ROLE_SANDBOX) programs_.SandboxWired();
}

void Profile::PeerLost(Role role, std::uint32_t) {
  if (role == ROLE_SANDBOX) programs_.SandboxLost();
}

Result<TicketBody> Profile::CheckFor(const Caller& from, const Ticket& ticket, std::string_view method,
                                     std::string_view digest) {
  Result<TicketBody> body =
      CheckTicket(site_.TicketKeyFor(ROLE_PROFILE), ticket, ROLE_PROFILE, method, digest, options_.clock.Steady());
  if (!body.ok()) {
    ++refused_tickets_;
    site_.log().Security("ticket-refused",
                         {{"from", RoleName(from.role)}, {"method", method}, {"why", body.error().text}});
  }
  return body;
}

Task<Result<Profile::Loaded>> Profile::Load(std::string member, std::int64_t deadline) {
  if (member.size() != kMemberIdSize) co_return Error::Of("a member id of {} bytes", member.size());
  CO_TRY(std::optional<StoredProfile> found, profiles_->Get(member));
  Loaded loaded;
  loaded.profile = std::move(found);
  if (!loaded.profile || loaded.profile->kind() != StoredProfile::KIND_HTML ||
      loaded.profile->html_version() == options_.allow_list_version)
    co_return loaded;
  auto renewing = Renew(std::move(member), std::move(*loaded.profile), deadline);
  co_return co_await renewing;
}

Task<Result<Outgoing<GetReply>>> Profile::Get(Incoming<GetRequest> call) {
  InFlight::Call here(in_flight_);
  const GetRequest& asked = call.message;
  CO_TRY(Loaded loaded, Load(asked.member(), DeadlineOf(call)));
  GetReply reply;
  reply.set_kind(GetReply::KIND_EMPTY);
  if (!loaded.profile) co_return reply;
  StoredProfile& profile = *loaded.profile;
  const bool program = profile.kind() == StoredProfile::KIND_PROGRAM;
  reply.set_kind(program ? GetReply::KIND_PROGRAM : GetReply::KIND_HTML);
  reply.set_retry_after_s(loaded.retry_after_s);
  if (!program) reply.set_html(std::move(*profile.mutable_html()));
  if (program || asked.source()) reply.set_source(std::move(*profile.mutable_text()));
  co_return reply;
}

Task<Result<Outgoing<ShowReply>>> Profile::Show(Incoming<ShowRequest> call) {
  InFlight::Call here(in_flight_);
  ShowRequest& asked = call.message;
  ShowReply reply;
  reply.set_kind(GetReply::KIND_EMPTY);
  reply.set_run(ShowReply::RUN_TICKET_REFUSED);
  Result<TicketBody> visit = CheckFor(call.from, asked.ticket(), kVisitMethod, VisitDigest(asked.owner()));
  if (!visit.ok()) co_return reply;
  const std::int64_t deadline = DeadlineOf(call);
  CO_TRY(Loaded found, Load(asked.owner(), deadline));
  reply.clear_run();
  if (!found.profile) co_return reply;
  StoredProfile profile = std::move(*found.profile);
  reply.set_kind(profile.kind() == StoredProfile::KIND_PROGRAM ? GetReply::KIND_PROGRAM : GetReply::KIND_HTML);
  if (profile.kind() != StoredProfile::KIND_PROGRAM) {
    reply.set_html(std::move(*profile.mutable_html()));
    reply.set_retry_after_s(found.retry_after_s);
    co_return reply;
  }
  ProgramRun run;
  run.owner = asked.owner();
  run.owner_name = profile.name().empty() ? asked.owner_name() : profile.name();
  run.visitor = visit->member();
  run.visitor_name = visit->name();
  run.spending = asked.spending();
  run.limits = asked.limits();
  const std::string owner = run.owner, visitor = run.visitor;
  CO_TRY(Programs::Outcome outcome, programs_.Execute(std::move(run), profile.text(), deadline - kToAnswerUs));
  CO_TRY(ShowReply shown, Present(std::move(outcome), visitor, owner, deadline));
  if (shown.run() == ShowReply::RUN_NO_WALLS) shown.set_source(std::move(*profile.mutable_text()));
  co_return shown;
}

Task<Result<Outgoing<SaveReply>>> Profile::Save(Incoming<SaveRequest> call) {
  InFlight::Call here(in_flight_);
  const std::int64_t deadline = DeadlineOf(call);
  std::string& text = *call.message.mutable_text();
  if (text.size() > max_source_bytes_) co_return Answer(SaveReply::OUTCOME_TOO_LARGE, max_source_bytes_);
  if (!IsUtf8(text)) co_return Answer(SaveReply::OUTCOME_NOT_UTF8);
  Result<TicketBody> ticket =
      CheckFor(call.from, call.message.ticket(), kSaveProfileMethod, SaveProfileDigest(TextHash(text)));
  if (!ticket.ok()) co_return Answer(SaveReply::OUTCOME_TICKET_REFUSED);
  const ProgramText::Kind kind = ReadProgramText(text).kind;
  if (kind == ProgramText::Kind::kNearly) co_return Answer(SaveReply::OUTCOME_NEARLY_PROGRAM);
  StoredProfile profile;
  profile.set_kind(kind == ProgramText::Kind::kProgram ? StoredProfile::KIND_PROGRAM : StoredProfile::KIND_HTML);
  profile.set_saved_ms(options_.clock());
  profile.set_act(ticket->id());
  profile.set_name(ticket->name());
  SaveReply saved = Answer(SaveReply::OUTCOME_SAVED);
  if (profile.kind() == StoredProfile::KIND_HTML && !text.empty()) {
    auto cleaning = CleanInto(profile, text, ticket->member(), deadline);
    saved = co_await cleaning;
    if (saved.outcome() != SaveReply::OUTCOME_SAVED) co_return saved;
  }
  FairQueue::Ask ask;
  ask.principal = MemberPrincipal(ticket->member());
  ask.deadline = deadline - kToAnswerUs;
  auto waiting = saves_.Wait(std::move(ask));
  const FairQueue::Turn turn = co_await waiting;
  if (!turn.granted()) co_return Busy(turn.retry_after_s());
  profile.set_text(std::move(text));
  if (profile.kind() != StoredProfile::KIND_PROGRAM) {
    // What an earlier program opened to others is closed before the save, so nothing stays open when it is gone.
    CO_TRY_STATUS(social_.ShutAll(ticket->member()));
  }
  CO_TRY_STATUS(profiles_->Save(ticket->member(), std::move(profile)));
  ++saved_;
  site_.log().Info("profile-saved",
                   {{"owner", ticket->name()}, {"kind", kind == ProgramText::Kind::kProgram ? "program" : "html"}});
  co_return saved;
}

Task<Result<Outgoing<TryReply>>> Profile::Try(Incoming<TryRequest> call) {
  InFlight::Call here(in_flight_);
  const std::string text = std::move(*call.message.mutable_text());
  TryReply reply;
  reply.mutable_shown()->set_kind(GetReply::KIND_PROGRAM);
  reply.mutable_shown()->set_run(ShowReply::RUN_TICKET_REFUSED);
  if (text.size() > max_source_bytes_) co_return Error::Of("a program of {} bytes", text.size());
  Result<TicketBody> ticket =
      CheckFor(call.from, call.message.ticket(), kTryProgramMethod, TryProgramDigest(TextHash(text)));
  if (!ticket.ok()) co_return reply;
  ProgramRun run;
  run.owner = run.visitor = ticket->member();
  run.owner_name = run.visitor_name = ticket->name();
  run.trial = true;
  const std::int64_t deadline = DeadlineOf(call);
  CO_TRY(Programs::Outcome outcome, programs_.Execute(std::move(run), text, deadline - kToAnswerUs));
  if (outcome.use.given_limit_us() > 0) *reply.mutable_use() = outcome.use;
  CO_TRY(ShowReply shown, Present(std::move(outcome), ticket->member(), ticket->member(), deadline));
  *reply.mutable_shown() = std::move(shown);
  co_return reply;
}

Task<Result<Outgoing<OwnReply>>> Profile::Own(Incoming<OwnRequest> call) {
  InFlight::Call here(in_flight_);
  OwnReply refused;
  refused.set_ticket_refused(true);
  Result<TicketBody> ticket = CheckFor(call.from, call.message.ticket(), kOwnProgramMethod, OwnProgramDigest());
  if (!ticket.ok()) co_return refused;
  if (!call.message.read().empty()) {
    OwnReply piece;
    CO_TRY(*piece.mutable_content(), PieceOfFile(ticket->member(), call.message.read(), call.message.offset()));
    co_return piece;
  }
  if (call.message.remove_files()) {
    CO_TRY_STATUS(programs_.RemoveFiles(ticket->member()));
  }
  CO_TRY(OwnReply reply, programs_.Own(ticket->member(), options_.clock()));
  co_return reply;
}

Task<Result<std::string>> Profile::MemberNamed(std::string name) {
  FindRequest find;
  find.add_names(NormalisedName(name).value_or(std::string()));
  CO_TRY(Incoming<FindReply> found, site_.peer(ROLE_BANK).Call<FindReply>(find));
  if (found.message.found_size() != 1) co_return Error{"bank found another number of members"};
  co_return found.message.found(0).member();
}

Task<Result<Outgoing<PauseReply>>> Profile::Pause(Incoming<PauseRequest> call) {
  InFlight::Call here(in_flight_);
  CO_TRY(const std::string member, MemberNamed(call.message.name()));
  PauseReply reply;
  reply.set_found(!member.empty());
  if (!reply.found()) co_return reply;
  CO_TRY_STATUS(programs_.Pause(member, call.message.pause()));
  site_.log().Security(call.message.pause() ? "program-paused" : "program-resumed",
                       {{"owner", call.message.name()}, {"by", "operator"}});
  co_return reply;
}

Task<Result<Outgoing<DenialsReply>>> Profile::Denials(Incoming<DenialsRequest> call) {
  InFlight::Call here(in_flight_);
  CO_TRY(const std::string member, MemberNamed(call.message.name()));
  DenialsReply reply;
  reply.set_found(!member.empty());
  if (!reply.found()) co_return reply;
  CO_TRY(OwnReply own, programs_.Own(member, options_.clock()));
  reply.mutable_denials()->Swap(own.mutable_denials());
  reply.set_paused(own.state().paused());
  reply.set_paused_until_ms(own.state().paused_until_ms());
  reply.set_slowed(own.state().slowed());
  co_return reply;
}

Task<Result<Outgoing<DescribeReply>>> Profile::Describe(Incoming<DescribeRequest> call) {
  InFlight::Call here(in_flight_);
  CO_TRY(const std::string member, MemberNamed(call.message.name()));
  DescribeReply reply;
  reply.set_found(!member.empty());
  if (!reply.found()) co_return reply;
  CO_TRY(OwnReply own, programs_.Own(member, options_.clock()));
  CO_TRY(const std::optional<StoredProfile> saved, profiles_->Get(member));
  const bool program = saved && saved->kind() == StoredProfile::KIND_PROGRAM;
  reply.set_kind(program ? GetReply::KIND_PROGRAM : saved ? GetReply::KIND_HTML : GetReply::KIND_EMPTY);
  reply.set_bytes(saved ? saved->text().size() : 0);
  reply.set_saved_ms(saved ? saved->saved_ms() : 0);
  reply.set_files(static_cast<std::uint32_t>(own.files_size()));
  reply.set_files_bytes(own.files_bytes());
  if (!program) co_return reply;
  *reply.mutable_state() = own.state();
  for (const ProgramDenial& denial : own.denials()) reply.set_denials(reply.denials() + denial.count());
  if (own.has_last_run()) *reply.mutable_last_run() = own.last_run();
  reply.set_failed_ms(own.failed_ms());
  co_return reply;
}

const RoleSpec kProfileRole = {
    .role = ROLE_PROFILE,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      Profile::Options options;
      options.folder = site.folder(Folder::kStore);
      return std::make_unique<Profile>(site, std::move(options));
    },
};

}  // namespace zoobar
