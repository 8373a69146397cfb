// The part of app with which members download their data.
//
// Shares: one download reads at most kMostExported entries and what one member's program may keep, about 4 MB. It counts
// as one page of its client's address, so an address makes no more of them at once than of other pages.
#include <google/protobuf/util/json_util.h>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "roles/app.h"
#include "roles/app/rules.h"
#include "text/utf8.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr int kMostExported = 5000;  // entries of the journal
constexpr std::uint32_t kEntriesAtOnce = 100;
constexpr std::size_t kPiece = 256 * 1024;  // OwnReply.content

}  // namespace

App::Answered App::Export(WebRequest& web) {
  CheckRequest who;
  who.add_acts()->mutable_own_program();
  who.set_delegation(true);
  SessionsRequest list;
  Both asked(Check(web, std::move(who)), auth_.Call<SessionsReply>(std::move(list), PackSecrets({View(web.token)})));
  auto [check_result, sessions_result] = co_await asked;
  CO_TRY(const CheckReply check, std::move(check_result));
  CO_TRY(auto sessions, std::move(sessions_result));
  if (!check.session() || check.granted_size() != 1 || !sessions.message.session()) co_return ToLogin(web);
  MemberData data;
  data.set_name(check.name());
  data.set_exported_ms(WallMillis());
  CO_TRY(const std::int64_t zoobars, OwnBalance(web, check.member()));
  data.set_zoobars(zoobars);
  data.mutable_sessions()->Swap(sessions.message.mutable_sessions());
  PasskeysRequest passkeys;
  CO_TRY(auto listed, auth_.Call<PasskeysReply>(std::move(passkeys), PackSecrets({View(web.token)})));
  data.mutable_passkeys()->Swap(listed.message.mutable_passkeys());
  if (check.delegates()) *data.mutable_program_may_pay() = check.limits();
  CO_TRY_STATUS(AddJournal(check.member(), data));
  CO_TRY_STATUS(AddOffers(check.member(), data));
  CO_TRY_STATUS(AddProfile(check.member(), check.granted(0).ticket(), data));
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto printed = google::protobuf::util::MessageToJsonString(data, &json, options);
  if (!printed.ok()) co_return Error{"the member's data cannot be written as JSON"};
  Response response = Response::Text(200, std::move(json));
  response.type = "application/json";
  response.AddField("Content-Disposition", "attachment; filename=\"zoobar.json\"");
  response.member = check.name();
  co_return response;
}

Task<Status> App::AddJournal(const std::string& member, MemberData& data) {
  std::uint64_t before = 0;
  for (bool more = true; more && data.journal_size() < kMostExported;) {
    JournalRequest ask;
    ask.set_member(member);
    ask.set_before(before);
    ask.set_limit(kEntriesAtOnce);
    CO_TRY(auto page, bank_.Call<JournalReply>(std::move(ask)));
    for (JournalReply::Entry& entry : *page.message.mutable_entries()) {
      before = entry.number();
      data.add_journal()->Swap(&entry);
    }
    more = page.message.more() && page.message.entries_size() > 0;
    data.set_journal_has_more(more);
  }
  co_return Status();
}

Task<Status> App::AddOffers(const std::string& member, MemberData& data) {
  OffersRequest ask;
  ask.set_member(member);
  CO_TRY(auto open, bank_.Call<OffersReply>(std::move(ask)));
  data.mutable_offers()->Swap(open.message.mutable_offers());
  co_return Status();
}

Task<Status> App::AddProfile(const std::string& member, const Ticket& own, MemberData& data) {
  CO_TRY(const GetReply saved, Profile(member, true));
  data.set_profile(MendUtf8(saved.source()));
  data.set_profile_is_program(saved.kind() == GetReply::KIND_PROGRAM);
  OwnRequest list;
  *list.mutable_ticket() = own;
  CO_TRY(auto kept, profile_.Call<OwnReply>(std::move(list)));
  if (kept.message.ticket_refused()) co_return Error{"profile refused the ticket"};
  data.mutable_program_files()->Swap(kept.message.mutable_files());
  for (ProgramFiles::File& file : *data.mutable_program_files()) {
    for (bool more = !file.directory(); more;) {
      OwnRequest read;
      *read.mutable_ticket() = own;
      read.set_read(file.path());
      read.set_offset(file.content().size());
      CO_TRY(const auto piece, profile_.Call<OwnReply>(std::move(read)));
      file.mutable_content()->append(piece.message.content());
      more = piece.message.content().size() == kPiece;
    }
  }
  co_return Status();
}

}  // namespace zoobar
