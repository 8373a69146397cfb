#include "logs/verify.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>

#include "audit/judge.h"
#include "audit/note.h"
#include "ipc/fd.h"
#include "ipc/try.h"
#include "master/ground.h"
#include "operator/ctl_print.h"
#include "operator/exit_status.h"
#include "site/log_files.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using JsonValue = nlohmann::ordered_json;

constexpr int kMostFiles = 10000;  // rotated files of one log that are looked for

// What was found out about one log.
struct Verified {
  std::string log;
  std::size_t files = 0;
  audit::Judgement judgement;
  std::vector<std::string> remarks;
};

struct OpenFile {
  std::string path;
  Fd fd;
};

// Opens the newest file first. If the files are rotated meanwhile, a file may be opened twice, but none is missed.
Result<std::vector<OpenFile>> OpenAll(const std::string& folder, const std::string& log) {
  std::vector<OpenFile> files;
  std::set<std::pair<dev_t, ino_t>> seen;
  int missing = 0;  // the files' numbers may have a gap, after `keep` was changed or a file was moved away
  for (int age = 0; age <= kMostFiles && missing < 100; ++age) {
    std::string path = fmt::format("{}/{}.log{}", folder, log, age > 0 ? fmt::format(".{}", age) : "");
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && errno != ENOENT) return Error::FromErrno(path);
    struct stat about{};
    if (!fd) {
      ++missing;
      continue;
    }
    if (fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return Error::Of("{} is not a regular file", path);
    if (seen.insert({about.st_dev, about.st_ino}).second) files.push_back({std::move(path), std::move(fd)});
  }
  std::ranges::reverse(files);
  return files;
}

std::string LogOf(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  for (const std::string_view log : kSealedLogs) {
    if (name.starts_with(fmt::format("{}.log", log))) return std::string(log);
  }
  return {};
}

Result<std::vector<OpenFile>> OpenNamed(const std::vector<std::string>& paths, const std::string& log) {
  std::vector<OpenFile> files;
  for (const std::string& path : paths) {
    if (LogOf(path) != log) continue;
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return Error::FromErrno(path);
    files.push_back({path, std::move(fd)});
  }
  return files;
}

// Adds what the master has written down.
Status ExpectNoted(const std::string& state_dir, const std::string& log, audit::Expected* expected) {
  TRY(audit::Note note, audit::ReadNote(state_dir));
  if (note[log].end) expected->must_exist.push_back(*note[log].end);
  TRY(const std::vector<audit::StartLine> starts, audit::ReadStarts(state_dir));
  for (const audit::StartLine& start : starts) {
    const auto ends = start.ends.find(log);
    if (ends == start.ends.end()) continue;
    for (const auto& end : {ends->second.first, ends->second.second}) {
      if (end) expected->must_exist.push_back(*end);
    }
  }
  return {};
}

void AddRemarks(const audit::Expected& expected, bool asked, bool exhausted, Verified* verified) {
  const audit::Judgement& found = verified->judgement;
  std::vector<std::string>& remarks = verified->remarks;
  if (!expected.whole) remarks.emplace_back("the beginning and the end were not looked at, because files were named");
  if (expected.whole && expected.running && !asked)
    remarks.emplace_back("logger was not asked where the log ends, so its last second was not looked at");
  if (expected.whole && !expected.running && !found.ended && found.records > 0)
    remarks.emplace_back("the site was not stopped in order; what it wrote in its last second may be missing");
  if (found.not_ended > 0)
    remarks.push_back(
        fmt::format("{} epochs did not end in order: logger or the machine was ended by force", found.not_ended));
  if (exhausted) remarks.emplace_back("some lines were not checked, because their ids are too far from the others");
}

Result<Verified> Verify(const LogVerifyOptions& options, const audit::Key& secret, const std::string& log,
                        const SealedEndsReply* ends) {
  audit::Expected expected;
  expected.whole = options.files.empty();
  expected.running = expected.whole && SiteRuns(options.state_dir);
  if (expected.whole) TRY_STATUS(ExpectNoted(options.state_dir, log, &expected));
  bool asked = false;
  for (int i = 0; ends && expected.whole && i < ends->ends_size(); ++i) {
    const std::optional<audit::RecordId> id = audit::RecordId::Parse(ends->ends(i).id());
    if (ends->ends(i).log() != log || !id) continue;
    expected.must_exist.push_back(*id);
    asked = true;
  }
  TRY(const std::vector<OpenFile> files,
      expected.whole ? OpenAll(options.state_dir + "/log", log) : OpenNamed(options.files, log));
  if (expected.whole) {  // read after the files were opened, so that it is not older than they are
    TRY(audit::Note note, audit::ReadNote(options.state_dir));
    expected.oldest = note[log].oldest;
  }
  audit::Scan scan(secret, log);
  for (const OpenFile& file : files) TRY_STATUS(scan.Read(file.path, file.fd.get()));
  Verified verified{.log = log, .files = files.size(), .judgement = audit::Judge(scan, expected), .remarks = {}};
  AddRemarks(expected, asked, scan.exhausted(), &verified);
  return verified;
}

std::string Place(const audit::Finding& finding) {
  return finding.first == finding.last ? fmt::format("{}:{}", finding.file, finding.first)
                                       : fmt::format("{}:{}-{}", finding.file, finding.first, finding.last);
}

void Print(const Verified& verified, std::ostream& out) {
  const audit::Judgement& found = verified.judgement;
  for (const audit::Finding& finding : found.findings) {
    out << Printable(fmt::format("{}: {}: {}", Place(finding), audit::NameOf(finding.fault), finding.what)) << '\n';
  }
  if (found.more_findings > 0) out << found.more_findings << " more faults\n";
  out << fmt::format("{}.log: {} records in {} files, {} to {}: ", verified.log, found.records, verified.files,
                     audit::TextOf(found.first), audit::TextOf(found.last));
  const std::uint64_t faults = found.findings.size() + found.more_findings;
  out << (found.sound() ? "sound" : faults == 1 ? "1 fault" : fmt::format("{} faults", faults)) << '\n';
  for (const std::string& remark : verified.remarks) out << "  " << remark << '\n';
}

JsonValue JsonOf(const Verified& verified) {
  const audit::Judgement& found = verified.judgement;
  JsonValue findings = JsonValue::array();
  for (const audit::Finding& finding : found.findings) {
    findings.push_back({{"file", Printable(finding.file)},
                        {"line", finding.first},
                        {"last_line", finding.last},
                        {"fault", audit::NameOf(finding.fault)},
                        {"what", finding.what}});
  }
  return {{"log", verified.log},
          {"sound", found.sound()},
          {"records", found.records},
          {"files", verified.files},
          {"first", found.first ? found.first->Text() : ""},
          {"last", found.last ? found.last->Text() : ""},
          {"findings", findings},
          {"more_findings", found.more_findings},
          {"remarks", verified.remarks}};
}

}  // namespace

int VerifyLogs(const LogVerifyOptions& options, const SealedEndsReply* ends, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](int status, const std::string& why) {
    err << "zoobar ctl: " << Printable(why) << '\n';
    return status;
  };
  if (sodium_init() < 0) Die("libsodium does not start");
  for (const std::string& file : options.files) {
    if (LogOf(file).empty())
      return fail(kCtlUsage, file + ": the name of a file must begin with audit.log or money.log");
  }
  const Result<audit::Key> secret = audit::ReadSecret(options.state_dir);
  if (!secret.ok()) return fail(kCtlRefused, secret.error().text);
  bool sound = true;
  JsonValue all = JsonValue::array();
  for (const std::string_view name : kSealedLogs) {
    const std::string log(name);
    const bool named = std::ranges::any_of(options.files, [&](const std::string& file) { return LogOf(file) == log; });
    if (!options.files.empty() && !named) continue;
    const Result<Verified> verified = Verify(options, *secret, log, ends);
    if (!verified.ok()) return fail(kCtlRefused, verified.error().text);
    sound = sound && verified->judgement.sound();
    if (options.json) {
      all.push_back(JsonOf(*verified));
    } else {
      Print(*verified, out);
    }
  }
  if (options.json) out << JsonValue{{"sound", sound}, {"logs", all}}.dump(2) << '\n';
  return sound ? kCtlOk : kCtlBad;
}

}  // namespace zoobar
