// The sealed logs: the operator's acts and the events of kinds.h in audit.log, money events in money.log.
#include "roles/logger.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxReply = 900 * 1024;  // a frame's body is at most 1 MiB
constexpr Milliseconds kTellEvery{1000};

void SetField(WriteRequest& line, std::string_view key, std::string_view value) {
  WriteRequest::Field* field = line.add_fields();
  field->set_key(std::string(key));
  field->set_value(std::string(value));
}

WriteRequest LineOf(const RecordRequest& record) {
  const bool ended = !record.of().empty();
  WriteRequest line;
  line.set_level(LEVEL_INFO);
  line.set_event(ended ? "operator-act-ended" : "operator-act");
  SetField(line, "act", record.act());
  SetField(line, "uid", record.uid());
  for (const WriteRequest::Field& field : record.about()) *line.add_fields() = field;
  if (!ended) return line;
  SetField(line, "of", record.of());
  SetField(line, "ended", record.ended());
  return line;
}

std::string_view EventOf(MoneyRequest::Kind kind) {
  switch (kind) {
    case MoneyRequest::KIND_TRANSFER:
      return "transfer";
    case MoneyRequest::KIND_PAYMENT:
      return "payment";
    case MoneyRequest::KIND_ACCOUNT_OPENED:
      return "account-opened";
    case MoneyRequest::KIND_CORRECTION:
      return "correction";
    case MoneyRequest::KIND_OFFER:
      return "offer";
    case MoneyRequest::KIND_OFFER_ACCEPTED:
      return "offer-accepted";
    case MoneyRequest::KIND_OFFER_RETURNED:
      return "offer-returned";
    default:
      return "?";
  }
}

}  // namespace

// The deadline of admin's call passes before an act is refused for another reason, so admin never takes silence for a
// yes.
Task<Result<Outgoing<RecordReply>>> Logger::Record(Incoming<RecordRequest> call) {
  RecordReply reply;
  const bool ended = !call.message.of().empty();
  if (ended && acts_begun_ == 0) co_return Error{"no act has begun"};
  if (!ended && !acts_.Take(call.message.uid(), MonotonicMicros())) {
    reply.set_why(fmt::format("more than {} acts of one user in an hour", kActsPerHour));
    co_return reply;
  }
  if (!audit_.chain()) {
    reply.set_why("the audit log is not open");
    co_return reply;
  }
  const std::optional<audit::RecordId> id = audit_.Add(OriginOf(call.from), LineOf(call.message));
  const bool written = audit_.Flush() && id;
  FlushAtEndOfTurn();
  if (written) {
    reply.set_id(id->Text());
    acts_begun_ = ended ? acts_begun_ - 1 : acts_begun_ + 1;
  } else {
    reply.set_why("the audit log cannot be written; is the disk full?");
    if (id && !ended) {  // its line waits, so it will be in the file some time; another one must say what came of it
      call.message.set_of(id->Text());
      call.message.set_ended("refused, because this could not be written in time");
      audit_.Add(OriginOf(call.from), LineOf(call.message));
    }
  }
  co_return reply;
}

Task<Result<Outgoing<Nothing>>> Logger::Money(Incoming<MoneyRequest> call) {
  const LogOrigin origin = OriginOf(call.from);
  money_.AddDropped(call.message.dropped());
  for (const MoneyRequest::Entry& entry : call.message.entries()) {
    if (money_budget_.Take(MonotonicMicros(), kMoneyPerSecond)) {
      AddMoney(origin, entry);
    } else {
      money_.AddDropped(money_budget_.TakeDropped());
    }
  }
  FlushAtEndOfTurn();
  Nothing nothing;
  co_return nothing;
}

void Logger::AddMoney(const LogOrigin& origin, const MoneyRequest::Entry& entry) {
  WriteRequest line;
  line.set_level(LEVEL_INFO);
  line.set_event(std::string(EventOf(entry.kind())));
  if (entry.entry() > 0) SetField(line, "entry", std::to_string(entry.entry()));
  if (!entry.from().empty()) SetField(line, "from", ToHex(entry.from()));
  SetField(line, "to", ToHex(entry.to()));
  SetField(line, "zoobars", std::to_string(entry.zoobars()));
  if (!entry.visitor().empty()) SetField(line, "visitor", ToHex(entry.visitor()));
  if (!entry.name().empty()) SetField(line, "name", entry.name());
  if (entry.about() > 0) SetField(line, "about", std::to_string(entry.about()));
  if (!entry.note().empty()) SetField(line, "note", entry.note());
  if (!entry.sender().empty()) SetField(line, "sender", entry.sender());
  if (!entry.recipient().empty()) SetField(line, "recipient", entry.recipient());
  if (money_.Add(origin, line)) deeds_.Event(origin, line);
}

Task<Result<Outgoing<SealedEndsReply>>> Logger::SealedEnds(Incoming<AskSealedEnds>) {
  SealedEndsReply reply;
  for (SealedLog* log : {&audit_, &money_}) {
    SealedEndsReply::End& end = *reply.add_ends();
    end.set_log(log->file().name().substr(std::string_view("log.").size()));
    if (!log->Flush()) continue;
    end.set_id(log->chain()->last().Text());
    end.set_mac(audit::HexOf(log->chain()->last_mac()));
  }
  co_return reply;
}

Task<Result<Outgoing<DeedsReply>>> Logger::Deeds(Incoming<DeedsRequest> call) { co_return deeds_.Take(call.message); }

SealedLog* Logger::SealedOf(const AppendFile* file) {
  return file == &audit_.file() ? &audit_ : file == &money_.file() ? &money_ : nullptr;
}

Task<Result<Outgoing<RecentReply>>> Logger::Recent(Incoming<RecentRequest> call) {
  const AppendFile* const file = FileOf(call.message.which());
  if (!file) co_return Error::Of("no log {}", static_cast<int>(call.message.which()));
  const std::vector<std::string> lines = file->Recent(call.message.lines());
  std::size_t first = lines.size();
  for (std::size_t bytes = 0; first > 0; --first) {
    bytes += lines[first - 1].size() + 8;
    if (bytes > kMaxReply) break;
  }
  RecentReply reply;
  for (std::size_t i = first; i < lines.size(); ++i) reply.add_lines(lines[i]);
  co_return reply;
}

const AppendFile* Logger::FileOf(RecentRequest::Which which) const {
  switch (which) {
    case RecentRequest::WHICH_EVENTS:
      return &events_;
    case RecentRequest::WHICH_SECURITY:
      return &security_;
    case RecentRequest::WHICH_ACCESS:
      return &access_;
    case RecentRequest::WHICH_ALARMS:
      return &alarms_;
    case RecentRequest::WHICH_AUDIT:
      return files_[4];
    case RecentRequest::WHICH_MONEY:
      return files_[5];
    case RecentRequest::WHICH_TRACE:
      return &trace_;
    case RecentRequest::WHICH_PROGRAMS:
      return &programs_;
    default:
      return nullptr;
  }
}

void Logger::TellSealed() {
  const std::uint64_t records = audit_.records() + money_.records();
  if (telling_ || records == records_told_) return;
  records_told_ = records;
  telling_ = true;
  site_.Tell(StateByte::kSealed);
  note_again_.Start(kTellEvery, [this] {
    telling_ = false;
    TellSealed();
  });
}

}  // namespace zoobar
