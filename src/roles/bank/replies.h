// What bank answers, from what the ledger says.
#pragma once

#include "bank.pb.h"
#include "ledger/ledger.h"

namespace zoobar {

TransferReply ReplyOf(const Ledger::Judgement& judged);
VerifyReply ReplyOf(const Result<Ledger::Audit>& audit);

}  // namespace zoobar
