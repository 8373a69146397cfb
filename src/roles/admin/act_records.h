// The operator's acts in the audit log. An act is recorded before it is carried out. If logger does not say that the
// record is written, the act is refused and nothing happens. This is what Vault does with its audit devices.
#pragma once

#include <string>
#include <string_view>

#include "admin.pb.h"
#include "ipc/task.h"
#include "logger.pb.h"
#include "site/role.h"

namespace zoobar {

class ActRecords {
 public:
  explicit ActRecords(Site& site) : site_(site) {}

  // Returns the record of an act. `about` may name whom or what it concerns.
  static RecordRequest Act(std::string_view act, std::string uid);
  static void Add(RecordRequest& act, std::string_view key, std::string_view about);

  // Records that the act begins. Returns the id of the record, or an Error with the cause kNotRecorded.
  Task<Result<std::string>> Begin(RecordRequest act);
  // Records how it ended: "done", or why not. Does not wait. If this cannot be written, a line in events.log says so.
  void End(RecordRequest act, std::string id, std::string ended);

 private:
  Task<void> RecordEnd(RecordRequest act);

  Site& site_;
};

// What the audit log says about each answer: "done", or why nothing was done.
std::string HowItEnded(const PauseReply& reply);
std::string HowItEnded(const UpgradeReply& reply);
std::string HowItEnded(const ResetReply& reply);
std::string HowItEnded(const SealedAnswer& answer);
std::string HowItEnded(const InstallCertificateReply& reply);
std::string HowItEnded(const HoldStoresReply& reply);
std::string HowItEnded(const ReloadReply& reply);
std::string HowItEnded(const RestartRoleReply& reply);
std::string HowItEnded(const DrainReply& reply);
std::string HowItEnded(const ShutdownReply& reply);

}  // namespace zoobar
