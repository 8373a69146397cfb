// profile: reading and erasing all that is kept for a member, for the member who leaves and for the operator. Each act of
// the operator was signed (site/operator_act.h).
#include <algorithm>

#include "ipc/bytes.h"
#include "ipc/try.h"
#include "roles/profile.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr std::size_t kPiece = 256 * 1024;  // a reply holds at most 1 MiB, and a program may keep more in one file

}  // namespace

Task<Result<Outgoing<SealedAnswer>>> Profile::Operate(Incoming<OperateProfileRequest> call) {
  InFlight::Call here(in_flight_);
  const Result<OperatorAct> act = operator_acts_.Accept(call.message.act());
  if (!act.ok()) {
    site_.log().Security("operator-act-refused", {{"why", act.error().text}});
    co_return RefuseAct(act.error());
  }
  OperatorAnswer answer;
  const ReadProfile& read = act->read_profile();
  const bool erase = act->has_erase_profile();
  const std::string& member = erase ? act->erase_profile().member() : read.member();
  if (!erase && !act->has_read_profile()) {
    answer.set_refused("profile does not know this act");
  } else if (member.size() != kMemberIdSize) {
    answer.set_refused("a member id has 16 bytes");
  } else if (erase) {
    CO_TRY_STATUS(EraseAll(member, "operator"));
    answer.mutable_done()->set_changed(true);
  } else if (read.file().empty()) {
    CO_TRY(*answer.mutable_profile(), WholeProfile(member));
  } else {
    CO_TRY(*answer.mutable_profile()->mutable_content(), PieceOfFile(member, read.file(), read.offset()));
  }
  co_return SealAnswer(*act, answer);
}

Task<Result<Outgoing<EraseReply>>> Profile::Erase(Incoming<EraseRequest> call) {
  InFlight::Call here(in_flight_);
  EraseReply reply;
  const Result<TicketBody> ticket =
      CheckFor(call.from, call.message.ticket(), kEraseProfileMethod, EraseProfileDigest());
  reply.set_ticket_refused(!ticket.ok());
  if (!ticket.ok()) co_return reply;
  CO_TRY_STATUS(EraseAll(ticket->member(), "member"));
  co_return reply;
}

Task<Status> Profile::EraseAll(std::string member, std::string_view by) {
  programs_.EndForErasure(member);
  CO_TRY_STATUS(programs_.RemoveFiles(member));  // waits for a run whose files are not stored yet
  CO_TRY_STATUS(social_.Erase(member));
  CO_TRY_STATUS(profiles_->Erase(member));
  site_.log().Security("profile-erased", {{"owner", ToHex(member)}, {"by", by}});
  co_return Status();
}

Result<ProfileAnswer> Profile::WholeProfile(const std::string& member) {
  TRY(std::optional<StoredProfile> stored, profiles_->Get(member));
  ProfileAnswer whole;
  whole.set_found(stored.has_value());
  if (stored) {
    whole.set_program(stored->kind() == StoredProfile::KIND_PROGRAM);
    whole.mutable_text()->swap(*stored->mutable_text());
    whole.set_saved_ms(stored->saved_ms());
  }
  TRY(*whole.mutable_files(), profiles_->Files(member));
  for (ProgramFiles::File& file : *whole.mutable_files()->mutable_files()) file.clear_content();
  return whole;
}

Result<std::string> Profile::PieceOfFile(const std::string& member, std::string_view path, std::uint64_t offset) {
  TRY(const ProgramFiles files, profiles_->Files(member));
  const auto file = std::ranges::find(files.files(), path, &ProgramFiles::File::path);
  if (file == files.files().end() || offset >= file->content().size()) return std::string();
  return file->content().substr(offset, kPiece);
}

}  // namespace zoobar
