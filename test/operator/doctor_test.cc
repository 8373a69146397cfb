#include "operator/doctor.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "live_site/temporary_directory.h"
#include "operator/doctor_kernel.h"
#include "operator/doctor_programs.h"
#include "operator/doctor_site.h"
#include "sandbox/interpreter.h"

namespace zoobar {
namespace {

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    config_.set_state_dir(folder_);
    config_.set_web_root(folder_);
  }

  void Write(const std::string& name, const std::string& text) const { std::ofstream(folder_ + "/" + name) << text; }

  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
  Config config_;
};

TEST(TryInChild, ItsErrorAndItsEndAreReported) {
  EXPECT_TRUE(TryInChild([] { return Status(); }).ok());
  EXPECT_EQ(TryInChild([] { return Status(Error{"refused"}); }).error().text, "refused");
  EXPECT_EQ(TryInChild([]() -> Status { _exit(3); }).error().text, "exit status 3");
  const Status killed = TryInChild([]() -> Status {
    raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(killed.error().text, "ended by signal 9");
}

TEST(CheckKernel, LinuxSixOneIsTheOldestTestedVersion) {
  EXPECT_EQ(CheckKernel("6.1.0-13-amd64").verdict, Verdict::kOk);
  EXPECT_EQ(CheckKernel("7.0.1").verdict, Verdict::kOk);
  EXPECT_EQ(CheckKernel("5.10.0").verdict, Verdict::kLimited);
  EXPECT_EQ(CheckKernel("6.0.19").verdict, Verdict::kLimited);
  EXPECT_EQ(CheckKernel("?").verdict, Verdict::kLimited);
}

TEST_F(DoctorTest, AMissingOrOpenPtraceScopeIsReported) {
  Write("scope", "1\n");
  EXPECT_EQ(CheckPtrace(folder_ + "/scope").verdict, Verdict::kOk);
  Write("scope", "0\n");
  EXPECT_EQ(CheckPtrace(folder_ + "/scope").verdict, Verdict::kLimited);
  EXPECT_EQ(CheckPtrace(folder_ + "/none").verdict, Verdict::kLimited);
}

TEST_F(DoctorTest, AccountsAndDelegatedIdsInsideTheRangeAreNamed) {
  Write("passwd", "root:x:0:0::/root:/bin/sh\nann:x:60999:1::/:/bin/sh\nbob:x:61256:1::/:/bin/sh\n");
  Write("group", "staff:x:50:\n");
  Write("subuid", "ann:100000:65536\n");
  EXPECT_EQ(CheckIds(61000, folder_).verdict, Verdict::kOk);
  Write("passwd", "eve:x:61010:1::/:/bin/sh\n");
  Write("group", "club:x:61255:\n");
  Write("subgid", "ann:60000:1001\n");
  const Finding finding = CheckIds(61000, folder_);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  for (const char* named : {"61010 is eve", "61255 is club", "60000 to 61000 are delegated to ann"}) {
    EXPECT_NE(finding.found.find(named), std::string::npos) << finding.found;
  }
}

TEST_F(DoctorTest, AListenerInUseIsMissingUnlessTheSiteItselfHoldsIt) {
  const int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(taken, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(taken, 1), 0);
  ASSERT_EQ(getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Config::Listen& listen_at = *config_.add_listen();
  listen_at.set_address("127.0.0.1");
  listen_at.set_port(ntohs(address.sin_port));
  EXPECT_EQ(CheckListeners(config_, false).at(0).verdict, Verdict::kMissing);
  EXPECT_EQ(CheckListeners(config_, true).at(0).verdict, Verdict::kMissing);
  Write("listening", "127.0.0.1:" + std::to_string(listen_at.port()) + "\n");
  EXPECT_EQ(CheckListeners(config_, true).at(0).verdict, Verdict::kOk);
  close(taken);
  EXPECT_EQ(CheckListeners(config_, false).at(0).verdict, Verdict::kOk);
}

TEST_F(DoctorTest, AnUnusableStateDirectoryIsMissing) {
  bool running = true;
  config_.set_state_dir(folder_ + "/a/b");
  const Finding fresh = CheckState(config_, running);
  EXPECT_NE(fresh.verdict, Verdict::kMissing);
  EXPECT_NE(fresh.found.find("will be created"), std::string::npos) << fresh.found;
  EXPECT_FALSE(running);
  Write("file", "");
  config_.set_state_dir(folder_ + "/file");
  EXPECT_EQ(CheckState(config_, running).verdict, Verdict::kMissing);
  config_.set_state_dir(folder_ + "/file/below");
  EXPECT_EQ(CheckState(config_, running).verdict, Verdict::kMissing);
}

TEST_F(DoctorTest, AMissingWebRootIsMissing) {
  EXPECT_EQ(CheckWebRoot(config_).verdict, Verdict::kOk);
  config_.set_web_root(folder_ + "/none");
  EXPECT_EQ(CheckWebRoot(config_).verdict, Verdict::kMissing);
}

TEST_F(DoctorTest, ASiteThatAcceptsAnyPasswordIsLimited) {
  config_.mutable_auth()->set_min_password_length(9);
  EXPECT_EQ(CheckPasswords(config_).verdict, Verdict::kOk);
  EXPECT_NE(CheckPasswords(config_).found.find("9 characters"), std::string::npos);
  config_.mutable_auth()->set_course_graders(true);
  EXPECT_EQ(CheckPasswords(config_).verdict, Verdict::kLimited);
}

TEST_F(DoctorTest, FewDescriptorsAreReportedWithTheRemainingCapacity) {
  for (const char* role : {"app", "dispatcher", "login"}) config_.add_role()->set_name(role);
  config_.mutable_http()->set_connections(10);
  EXPECT_EQ(CheckDescriptors(config_).verdict, Verdict::kOk);
  config_.mutable_http()->set_connections(100000000);
  const Finding finding = CheckDescriptors(config_);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  EXPECT_NE(finding.found.find("oldest idle ones are closed"), std::string::npos) << finding.found;
}

TEST_F(DoctorTest, WithoutPythonOrItsLibraryProgramsCannotRun) {
  Finding finding = CheckPrograms(config_, false, "libnone.so.1", folder_);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  EXPECT_NE(finding.found.find("libnone.so.1"), std::string::npos) << finding.found;
  finding = CheckPrograms(config_, false, kPythonLibrary, folder_);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  EXPECT_NE(finding.found.find(folder_ + ": no standard library"), std::string::npos) << finding.found;
}

#ifndef ZOOBAR_ASAN  // AddressSanitizer makes system calls that no run may make
TEST_F(DoctorTest, WithoutNamespacesProgramsNeedATmpfsOfTheirOwn) {
  Finding finding = CheckPrograms(config_, false);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  EXPECT_NE(finding.found.find("are shown as source"), std::string::npos) << finding.found;
  config_.mutable_profile()->set_scratch(folder_);  // a folder, not a file system: the master would not start
  finding = CheckPrograms(config_, false);
  EXPECT_EQ(finding.verdict, Verdict::kMissing);
  EXPECT_NE(finding.found.find("not a tmpfs of its own"), std::string::npos) << finding.found;
}

TEST_F(DoctorTest, WithNamespacesTheSandboxsAreTriedInsideTheMasters) {
  const bool namespaces = geteuid() == 0 && ProbeNamespaces({990208, kIdRange}).ok();
  ConfigSources sources;
  sources.file = folder_ + "/zoobar.textproto";
  sources.text = "id_base: 990208";
  const Result<Config> config = CompleteConfig(sources);
  ASSERT_TRUE(config.ok());
  const Finding finding = CheckPrograms(*config, true);
  EXPECT_EQ(finding.verdict, namespaces ? Verdict::kOk : Verdict::kLimited) << finding.found;
  EXPECT_EQ(finding.found == "can run, 8 at once, each with its own user id and root", namespaces) << finding.found;
}
#endif

TEST_F(DoctorTest, PackagesThatAreListedButNotInstalledAreNamed) {
  const std::string dpkg = folder_ + "/var/lib/dpkg";
  std::filesystem::create_directories(dpkg + "/info");
  std::ofstream(dpkg + "/status") << "Package: python3-numpy\nStatus: install ok installed\nArchitecture: amd64\n";
  std::ofstream(dpkg + "/info/python3-numpy.list") << "/usr/lib/python3/dist-packages/numpy/__init__.py\n";
  Finding finding = CheckPackages(config_, true, folder_);
  EXPECT_EQ(finding.verdict, Verdict::kOk);
  EXPECT_EQ(finding.found, "none listed; this machine has numpy");
  config_.mutable_profile()->add_packages("numpy");
  finding = CheckPackages(config_, true, folder_);
  EXPECT_EQ(finding.verdict, Verdict::kOk);
  EXPECT_EQ(finding.found, "can be imported: numpy");
  EXPECT_EQ(CheckPackages(config_, false, folder_).verdict, Verdict::kLimited);
  config_.mutable_profile()->add_packages("pandas");
  finding = CheckPackages(config_, true, folder_);
  EXPECT_EQ(finding.verdict, Verdict::kLimited);
  EXPECT_EQ(finding.found, "can be imported: numpy; no installed Debian package has pandas");
  EXPECT_EQ(CheckPackages(config_, true, folder_ + "/none").found,
            "can be imported: none; no installed Debian package has numpy, pandas");
}

TEST(PrintFindings, LinesAreAlignedAndSayHowToFixWhatIsMissing) {
  std::ostringstream out;
  PrintFindings(
      {{"kernel", Verdict::kOk, "Linux 6.1", "a", "unsaid"}, {"mounts", Verdict::kMissing, "refused", "b", "ask"}},
      out);
  EXPECT_EQ(out.str(), "kernel  ok       Linux 6.1 (a)\nmounts  missing  refused (b). Fix: ask\n");
}

TEST_F(DoctorTest, AWrongConfigurationIsReportedWithItsPlace) {
  Write("bad.textproto", "nonsense");
  DoctorOptions options;
  options.sources.file = folder_ + "/bad.textproto";
  options.executable = "/bin/true";
  std::ostringstream out;
  EXPECT_EQ(Diagnose(options, out), 2);
  EXPECT_NE(out.str().find("bad.textproto:1:"), std::string::npos) << out.str();
}

TEST_F(DoctorTest, TheWholeReportEndsWithAConclusion) {
  std::filesystem::create_directories(folder_ + "/web/root");
  std::filesystem::create_directories(folder_ + "/config");
  Write("config/zoobar.textproto", "listen { address: \"127.0.0.1\" port: 0 } id_base: 990208");
  DoctorOptions options;
  options.sources.file = folder_ + "/config/zoobar.textproto";
  options.sources.state_dir = folder_ + "/state";
  options.executable = "/bin/true";
  std::ostringstream out;
  const int status = Diagnose(options, out);
  const std::string report = out.str();
  for (const char* layer : {"kernel", "user namespaces", "other namespaces", "mounts", "seccomp filters",
                            "no_new_privs", "Landlock", "pidfd", "execveat", "ptrace scope", "programs",
                            "state directory", "ids", "listener 127.0.0.1:0", "open files", "web root"}) {
    EXPECT_NE(("\n" + report).find(std::string("\n") + layer + " "), std::string::npos) << layer << "\n" << report;
  }
#ifdef ZOOBAR_ASAN
  // AddressSanitizer makes system calls that no role may make, so the filter cannot be tried.
  EXPECT_NE(report.find("seccomp filters       missing"), std::string::npos) << report;
  return;
#endif
  if (geteuid() == 0) {
    EXPECT_EQ(status, 0) << report;
    EXPECT_NE(report.find("\noverall: can start, "), std::string::npos) << report;
  } else {
    EXPECT_EQ(status, 1);
    EXPECT_NE(report.find("\noverall: cannot start: root at the start"), std::string::npos) << report;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/state"));
}

}  // namespace
}  // namespace zoobar
