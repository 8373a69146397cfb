#include "operator/doctor.h"

#include <sys/utsname.h>

#include <algorithm>

#include "confine/unconfined.h"
#include "ipc/try.h"
#include "operator/doctor_certificates.h"
#include "operator/doctor_kernel.h"
#include "operator/doctor_programs.h"
#include "operator/doctor_site.h"

namespace zoobar {
namespace {

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kLimited:
      return "limited";
    case Verdict::kMissing:
      return "missing";
  }
  return "?";
}

std::string Release() {
  utsname name{};
  return uname(&name) == 0 ? name.release : "?";
}

// Prints the conclusion and returns the exit status.
int Overall(const std::vector<Finding>& findings, bool namespaces, bool running, std::ostream& out) {
  // A sanitizer makes system calls that no role may make, so a filter ends the process that tries it.
  const auto missing = std::ranges::find_if(findings, [](const Finding& finding) {
    return finding.verdict == Verdict::kMissing && (Unconfined().empty() || finding.layer != "seccomp filters");
  });
  if (missing != findings.end()) {
    out << "overall: cannot start: " << missing->layer << ": " << missing->found << '\n';
    return 1;
  }
  out << "overall: " << (running ? "a site runs on this state directory already, " : "can start, ");
  if (!Unconfined().empty()) {
    out << Unconfined() << '\n';
    return 0;
  }
  out << (namespaces ? "with namespaces" : "without namespaces (fallback: uids, chroot, Landlock and seccomp)") << '\n';
  return 0;
}

}  // namespace

void PrintFindings(const std::vector<Finding>& findings, std::ostream& out) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.layer.size());
  for (const Finding& finding : findings) {
    out << fmt::format("{:{}}  {:7}  {} ({})", finding.layer, width, NameOf(finding.verdict), finding.found,
                       finding.matters);
    if (finding.verdict != Verdict::kOk && !finding.remedy.empty()) out << ". Fix: " << finding.remedy;
    out << '\n';
  }
}

int Diagnose(const DoctorOptions& options, std::ostream& out) {
  ConfigSources sources = options.sources;
  const Result<Config> config = ReadConfig(sources);
  if (!config.ok()) {
    out << "zoobar: " << config.error().text << '\n';
    return 2;
  }
  bool namespaces = false, running = false;
  std::vector<Finding> findings;
  if (!Unconfined().empty()) {
    findings.push_back({"this build", Verdict::kLimited, std::string(Unconfined()), "a taken role is held by its jail",
                        "use a build of the preset release"});
  }
  findings.push_back(CheckKernel(Release()));
  findings.push_back(CheckRoot());
  findings.push_back(CheckUserNamespaces({config->id_base(), kIdRange}, namespaces));
  findings.push_back(CheckOtherNamespaces(namespaces));
  findings.push_back(CheckMounts(config->web_root(), namespaces));
  findings.push_back(CheckFallback(namespaces));
  findings.push_back(CheckSeccomp());
  findings.push_back(CheckNotification());
  findings.push_back(CheckNoNewPrivileges());
  findings.push_back(CheckLandlock());
  findings.push_back(CheckPidfd());
  findings.push_back(CheckExec(options.executable));
  findings.push_back(CheckPtrace());
  findings.push_back(CheckPrograms(*config, namespaces));
  findings.push_back(CheckPackages(*config, namespaces));
  findings.push_back(CheckState(*config, running));
  if (running) findings.push_back(CheckRunning(*config));
  findings.push_back(CheckIds(config->id_base()));
  findings.push_back(CheckIdLock(config->id_base(), running));
  for (Finding& finding : CheckListeners(*config, running)) findings.push_back(std::move(finding));
  for (Finding& finding : CheckCertificates(*config)) findings.push_back(std::move(finding));
  findings.push_back(CheckDescriptors(*config));
  findings.push_back(CheckWebRoot(*config));
  findings.push_back(CheckPasswords(*config));
  PrintFindings(findings, out);
  return Overall(findings, namespaces, running, out);
}

}  // namespace zoobar
