// logger with the master's parts that belong to it: the keys of the sealed logs, the log files, their rotation, the note of
// their ends. All in one process, below one folder, for tests that end it at any moment.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "master/audit.h"
#include "roles/logger.h"
#include "site/fake_site.h"
#include "site/log_files.h"

namespace zoobar {

class LoggerAtWork {
 public:
  // folder: has a folder "log". audit_keep: how many rotated files of audit.log are kept. Ends the process if the keys
  // cannot be prepared.
  explicit LoggerAtWork(const std::string& folder, std::uint32_t audit_keep = 100)
      : directory_(MustOpen(folder + "/log")),
        keeper_(MustHave(PrepareAudit(folder, directory_.get())), directory_.get(), site_.lines),
        files_(directory_.get(), site_.lines) {
    Config::Log& rules = *site_.settings.mutable_log();
    rules.set_rotate_bytes(1500);
    rules.set_keep(3);
    rules.set_audit_rotate_bytes(6000);
    rules.set_audit_keep(audit_keep);
    rules.set_money_rotate_bytes(6000);
    rules.set_money_keep(3);
    files_.SetBeforeDeletion(
        [this](std::string_view log, const std::string& oldest) { keeper_.NoteDeletion(log, oldest); });
    for (const std::string_view file : kLogFiles) site_.passed["log." + std::string(file)] = files_.Open(file);
    zoobar::Start start;
    keeper_.BeginEpochs(start);
    for (const auto& seal : start.seals()) {
      site_.seals.push_back({seal.log(), seal.start(), seal.epoch(), ToBytes(seal.key()), seal.found(),
                             seal.found_mac(), seal.noted(), seal.torn()});
    }
    site_.on_tell = [this](StateByte state) { Told(state); };
    logger_ = std::make_unique<Logger>(site_);
  }

  // To be called once, before the next calls.
  void ConnectCallers() {
    app_ = site_.CallAs(ROLE_APP, ROLE_LOGGER);
    bank_ = site_.CallAs(ROLE_BANK, ROLE_LOGGER);
    admin_ = site_.CallAs(ROLE_ADMIN, ROLE_LOGGER);
  }

  ~LoggerAtWork() {
    site_.on_tell = {};
    Turns();  // what Told has put off
    logger_.reset();
  }

  // The record's id; empty: it was refused, or there was an Error.
  std::string Record(const std::string& act) {
    RecordRequest request;
    request.set_act(act);
    request.set_uid("0");
    const auto reply = site_.Wait(admin_->Call<RecordReply>(request));
    return reply.ok() ? reply->message.id() : "";
  }
  // Some lines for each log, and a rotation now and then.
  void WriteLines(int round) {
    for (int i = 0; i < 6; ++i) {
      app_->Send(Line(fmt::format("event-{}-{}", round, i), false));
      app_->Send(Line("login-failed", true));
      AccessRequest access;
      access.add_entries()->set_path(fmt::format("/{}", i));
      app_->Send(access);
      MoneyRequest money;
      MoneyRequest::Entry& entry = *money.add_entries();
      entry.set_kind(MoneyRequest::KIND_TRANSFER);
      entry.set_entry(static_cast<std::uint64_t>(10 * round + i));
      entry.set_from(std::string(16, '\1'));
      entry.set_to(std::string(16, '\2'));
      entry.set_zoobars(1);
      bank_->Send(money);
      Turns();
    }
    RecentRequest recent;
    recent.set_which(RecentRequest::WHICH_EVENTS);
    recent.set_lines(10);
    (void)site_.Wait(admin_->Call<RecentReply>(recent));
  }
  // As each minute.
  void RenewFiles() {
    for (LogFiles::Renewed& renewed : files_.Renew(site_.settings.log()))
      logger_->NewFile("log." + std::string(renewed.file), std::move(renewed.fd));
  }
  // As when the site is stopped.
  void End() {
    bool drained = false;
    logger_->Drain([&drained] { drained = true; });
    site_.RunUntil([&drained] { return drained; });
    keeper_.NoteEnds();
  }

 private:
  static Fd MustOpen(const std::string& folder) {
    Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) Die(Error::FromErrno(folder).text);
    return fd;
  }
  static WriteRequest Line(const std::string& event, bool security) {
    WriteRequest line;
    line.set_level(LEVEL_INFO);
    line.set_event(event);
    line.set_security(security);
    WriteRequest::Field& field = *line.add_fields();
    field.set_key("address");
    field.set_value("192.0.2.1");
    return line;
  }
  // As the master does (src/master/master.cc).
  void Told(StateByte state) {
    if (state == StateByte::kSealed) site_.loop().AtEndOfTurn([this] { keeper_.NoteEnds(); });
    if (state != StateByte::kRotate) return;
    site_.loop().AtEndOfTurn([this] { RenewFiles(); });
  }
  void Turns() {
    for (int i = 0; i < 4; ++i) site_.loop().RunOnce();
  }

  FakeSite site_;
  Fd directory_;
  AuditKeeper keeper_;
  LogFiles files_;
  std::unique_ptr<Logger> logger_;
  std::shared_ptr<Channel> app_, bank_, admin_;
};

}  // namespace zoobar
