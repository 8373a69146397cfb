#include "roles/bank/money_log.h"

#include <algorithm>
#include <utility>

namespace zoobar {
namespace {

// Entries of this time travel together. A message for each commit would wake logger each time, which costs a tenth of
// the processor time of a payment. If bank dies, the entries of this time are missing; the journal has them.
constexpr Milliseconds kGather{25};
constexpr Milliseconds kRetry{100};

}  // namespace

MoneyLog::MoneyLog(Site& site) : site_(site), flush_(site.loop()) {}

MoneyRequest::Entry MoneyLog::LineOf(const Ledger::Transfer& transfer) {
  MoneyRequest::Entry line;
  line.set_kind(transfer.program ? MoneyRequest::KIND_PAYMENT : MoneyRequest::KIND_TRANSFER);
  if (transfer.offer) line.set_kind(MoneyRequest::KIND_OFFER);
  line.set_from(transfer.sender);
  line.set_to(transfer.recipient);
  line.set_zoobars(transfer.zoobars);
  if (transfer.program) line.set_visitor(transfer.program->visitor);
  return line;
}

MoneyRequest::Entry MoneyLog::LineOf(const Ledger::Opening& opening) {
  MoneyRequest::Entry line;
  line.set_kind(MoneyRequest::KIND_ACCOUNT_OPENED);
  line.set_to(opening.member);
  line.set_zoobars(opening.zoobars);
  line.set_name(opening.name);
  return line;
}

MoneyRequest::Entry MoneyLog::LineOf(const Ledger::Numbered& later) {
  MoneyRequest::Entry line;
  const bool correction = later.entry.kind() == StoredEntry::KIND_CORRECTION;
  const bool accepted = later.entry.kind() == StoredEntry::KIND_ACCEPTED;
  line.set_kind(accepted ? MoneyRequest::KIND_OFFER_ACCEPTED : MoneyRequest::KIND_OFFER_RETURNED);
  if (correction) line.set_kind(MoneyRequest::KIND_CORRECTION);
  line.set_entry(later.number);
  line.set_from(later.entry.sender());
  line.set_to(later.entry.recipient());
  line.set_zoobars(later.entry.zoobars());
  line.set_about(later.entry.about());
  line.set_sender(later.entry.sender_name());
  line.set_recipient(later.entry.recipient_name());
  line.set_note(later.entry.note());
  return line;
}

void MoneyLog::Add(MoneyRequest::Entry entry) {
  if (static_cast<std::size_t>(waiting_.entries_size()) >= kMaxWaiting) {
    ++dropped_;
    ++dropped_in_all_;
    return;
  }
  waiting_.add_entries()->Swap(&entry);
  if (!std::exchange(flush_due_, true)) flush_.Start(kGather, [this] { Flush(); });
}

void MoneyLog::Flush() {
  flush_due_ = false;
  while (waiting_.entries_size() > 0) {
    const int count = std::min(waiting_.entries_size(), kMostInMessage);
    MoneyRequest part;
    if (count == waiting_.entries_size()) {
      part.Swap(&waiting_);
    } else {
      for (int i = 0; i < count; ++i) part.add_entries()->Swap(waiting_.mutable_entries(i));
      waiting_.mutable_entries()->DeleteSubrange(0, count);
    }
    part.set_dropped(dropped_);
    if (!site_.peer(ROLE_LOGGER).Send(part)) {
      part.mutable_entries()->MergeFrom(waiting_.entries());
      waiting_.mutable_entries()->Swap(part.mutable_entries());
      flush_due_ = true;
      return flush_.Start(kRetry, [this] { Flush(); });
    }
    dropped_ = 0;
  }
}

}  // namespace zoobar
