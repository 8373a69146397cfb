#include "roles/admin/act_records.h"

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::string_view kDone = "done", kNoMember = "there is no such member";

}  // namespace

RecordRequest ActRecords::Act(std::string_view act, std::string uid) {
  RecordRequest record;
  record.set_act(std::string(act));
  record.set_uid(std::move(uid));
  return record;
}

void ActRecords::Add(RecordRequest& act, std::string_view key, std::string_view about) {
  WriteRequest::Field* field = act.add_about();
  field->set_key(std::string(key));
  field->set_value(std::string(about));
}

Task<Result<std::string>> ActRecords::Begin(RecordRequest act) {
  const std::string name = act.act();
  auto call = site_.peer(ROLE_LOGGER).Call<RecordReply>(std::move(act));
  const Result<Incoming<RecordReply>> reply = co_await call;
  if (reply.ok() && !reply->message.id().empty()) co_return reply->message.id();
  const std::string why = reply.ok() ? reply->message.why() : reply.error().text;
  site_.log().Failure("act-not-recorded", {{"act", name}, {"why", why}, {"instead", "nothing was done"}});
  co_return Error::Of("{} could not be recorded: {}", name, why).As(Cause::kNotRecorded);
}

void ActRecords::End(RecordRequest act, std::string id, std::string ended) {
  act.set_of(std::move(id));
  act.set_ended(std::move(ended));
  Spawn(RecordEnd(std::move(act)));
}

Task<void> ActRecords::RecordEnd(RecordRequest act) {
  const std::string name = act.act(), ended = act.ended();
  auto call = site_.peer(ROLE_LOGGER).Call<RecordReply>(std::move(act));
  const Result<Incoming<RecordReply>> reply = co_await call;
  if (reply.ok() && !reply->message.id().empty()) co_return;
  site_.log().Warning("act-end-not-recorded", {{"act", name}, {"ended", ended}});
}

std::string HowItEnded(const PauseReply& reply) { return std::string(reply.found() ? kDone : kNoMember); }
std::string HowItEnded(const ResetReply&) { return std::string(kDone); }
// The role says more in the log. admin cannot read its answer.
std::string HowItEnded(const SealedAnswer& answer) {
  return answer.refused().empty() ? "answered" : "refused: " + answer.refused();
}
std::string HowItEnded(const InstallCertificateReply& reply) {
  return reply.refused().empty() ? std::string(kDone) : "refused: " + reply.refused();
}
std::string HowItEnded(const HoldStoresReply& reply) {
  if (reply.busy()) return "another backup held the stores";
  const bool all = std::ranges::all_of(reply.stores(), [](const auto& store) { return store.held(); });
  return all ? "the stores are held" : "not all stores could be held";
}
std::string HowItEnded(const ReloadReply& reply) {
  return reply.refused().empty() ? std::string(kDone) : "refused: " + reply.refused();
}
std::string HowItEnded(const RestartRoleReply& reply) {
  return reply.refused().empty() ? std::string(kDone) : "refused: " + reply.refused();
}
std::string HowItEnded(const UpgradeReply& reply) {
  return reply.refused().empty() ? fmt::format("done: program {}", reply.program()) : "refused: " + reply.refused();
}
std::string HowItEnded(const DrainReply&) { return "the master was told"; }
std::string HowItEnded(const ShutdownReply&) { return "the master was told"; }

}  // namespace zoobar
