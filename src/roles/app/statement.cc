// The part of app that gives a member the own statement: as CSV, or as JSON with proofs (docs/journal.md).
#include <algorithm>

#include "ipc/try.h"
#include "journal/checkpoint.h"
#include "journal/statement_text.h"
#include "roles/app.h"
#include "roles/app/rules.h"

namespace zoobar {
namespace {

// The most entries in one file. Its JSON then has about 900 kB. A member with more gets the older ones in further files.
constexpr std::uint32_t kMostEntries = 500, kInOneCall = 100;
constexpr std::string_view kJson = "application/json", kCsv = "text/csv; charset=utf-8";

constexpr std::string_view kNotSigned =
    "The head of the bank's journal could not be signed now, so your newest transactions are not proved yet. Nothing "
    "is "
    "lost. Try again in a minute.";

Response AsFile(std::string body, std::string_view type, std::string_view name, std::string_view member) {
  Response response;
  response.type = type;
  response.body = std::move(body);
  response.member = member;
  response.AddField("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  return response;
}

std::int64_t SignedMillis(const CheckpointReply& head) {
  constexpr std::int64_t kSecond = 1000;
  const Result<journal::PublicKey> key = journal::PublicKey::Parse(head.key());
  if (!key.ok()) return 0;
  const Result<journal::Checkpoint> opened = journal::OpenCheckpoint(head.checkpoint(), *key);
  return opened.ok() ? opened->time_s * kSecond : 0;
}

}  // namespace

Task<Result<CheckpointReply>> App::HeadFor(std::string member) {
  CO_TRY(const JournalReply newest, Journal(std::move(member), 0));
  CheckpointRequest ask;
  if (newest.entries_size() > 0) ask.set_at_least(newest.entries(0).number());
  CO_TRY(auto head, notary_.Call<CheckpointReply>(ask));
  if (head.message.size() < ask.at_least()) head.message.clear_checkpoint();
  co_return std::move(head.message);
}

Task<Result<StatementReply>> App::StatementPart(StatementRequest request) {
  CO_TRY(auto reply, bank_.Call<StatementReply>(std::move(request)));
  if (reply.message.busy()) co_return Error{"many members ask for statements", Cause::kBusy};
  co_return std::move(reply.message);
}

Task<Status> App::Gather(Statement& statement, StatementRequest request) {
  std::vector<StatementEntry> newest_first;
  request.set_limit(kInOneCall);
  for (bool more = true; more && newest_first.size() < kMostEntries;) {
    CO_TRY(StatementReply part, StatementPart(request));
    more = part.more() && part.entries_size() > 0;
    if (part.entries_size() > 0) request.set_before(part.entries(0).number());
    if (statement.name().empty()) statement.set_name(part.name());
    for (int i = part.entries_size() - 1; i >= 0; --i) newest_first.push_back(std::move(*part.mutable_entries(i)));
  }
  std::for_each(newest_first.rbegin(), newest_first.rend(),
                [&statement](StatementEntry& entry) { *statement.add_entries() = std::move(entry); });
  co_return Status();
}

Task<Status> App::ProveOlder(Statement& statement, std::uint64_t older, std::uint64_t size) {
  TreeHeadRequest ask;
  ask.set_old_size(older);
  ask.set_size(size);
  CO_TRY(auto reply, bank_.Call<TreeHeadReply>(ask));
  ConsistencyProof& proof = *statement.mutable_consistency();
  proof.set_old_size(older);
  proof.set_size(size);
  proof.set_old_root(std::move(*reply.message.mutable_old_root()));
  *proof.mutable_proof() = std::move(*reply.message.mutable_proof());
  co_return Status();
}

Task<Result<Response>> App::StatementPageOf(const CheckReply& check, const CheckpointReply& head,
                                            std::uint64_t before) {
  StatementRequest request;
  request.set_member(check.member());
  request.set_size(head.size());
  request.set_before(before);
  request.set_limit(kMostEntries);
  request.set_summary(true);
  CO_TRY(const StatementReply part, StatementPart(std::move(request)));
  StatementPage page;
  page.member = check.name();
  page.key = head.key();
  page.size = head.size();
  page.signed_ms = SignedMillis(head);
  page.most = kMostEntries;
  page.before = before;
  if (part.more() && part.entries_size() > 0) page.older = part.entries(0).number();
  co_return Html(pages_.Render(page), page.member);
}

App::Answered App::OwnStatement(WebRequest& web) {
  const std::string format(web.query.Get("format"));
  const std::uint64_t before = ParseNumberOrZero(web.query.Get("before"));
  const std::uint64_t older = ParseNumberOrZero(web.query.Get("older"));
  CheckRequest who;
  CO_TRY(const CheckReply check, Check(web, std::move(who)));
  if (!check.session()) co_return ToLogin(web);
  if (!format.empty() && format != "json" && format != "csv")
    co_return Message(400, "No such format", "A statement is json or csv.");
  CO_TRY([[maybe_unused]] const std::int64_t zoobars, OwnBalance(web, check.member()));  // may open the account
  CO_TRY(const CheckpointReply head, HeadFor(check.member()));
  if (head.checkpoint().empty()) {
    Response response = Message(503, "Not signed yet", kNotSigned);
    response.AddField("Retry-After", "60");
    co_return response;
  }
  if (format.empty()) {
    auto page = StatementPageOf(check, head, before);
    co_return co_await page;
  }
  if (older > head.size())
    co_return Message(400, "No such statement",
                      fmt::format("The journal has {} entries, so no older statement has {}.", head.size(), older));
  Statement statement;
  statement.set_format(std::string(journal::kStatementFormat));
  statement.set_key(head.key());
  statement.set_checkpoint(head.checkpoint());
  statement.set_member(check.member());
  StatementRequest request;
  request.set_member(check.member());
  request.set_size(head.size());
  request.set_before(before);
  CO_TRY_STATUS(Gather(statement, std::move(request)));
  if (format == "csv") co_return AsFile(journal::StatementCsv(statement), kCsv, "zoobar-statement.csv", check.name());
  if (older != 0) CO_TRY_STATUS(ProveOlder(statement, older, head.size()));
  co_return AsFile(journal::StatementJson(statement), kJson, "zoobar-statement.json", check.name());
}

}  // namespace zoobar
