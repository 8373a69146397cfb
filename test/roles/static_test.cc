#include "roles/static.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "live_site/temporary_directory.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

// A dispatcher that records which changes static reports.
class ToldDispatcher {
 public:
  ToldDispatcher() { service.Handle(&ToldDispatcher::FileChanged, this); }
  Task<Result<Outgoing<Nothing>>> FileChanged(Incoming<FileChangedRequest> call) {
    paths.push_back(call.message.path());
    Nothing nothing;
    co_return nothing;
  }
  bool Has(const std::string& path) const { return std::find(paths.begin(), paths.end(), path) != paths.end(); }
  Service service;
  std::vector<std::string> paths;
};

class StaticRole : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "zoobar/media");
    Put("favicon.ico", "icon");
    Put("zoobar/media/zoobar.css", "body {}");
    Put(".secret", "hidden");
    Put("zoobar/.git/config", "hidden");
    fs::create_symlink("zoobar.css", root_ / "zoobar/media/link.css");
    fs::create_symlink("/etc", root_ / "zoobar/etc");
    mkfifo((root_ / "pipe").c_str(), 0644);
    site_.Connect(ROLE_STATIC, ROLE_DISPATCHER, told_.service);
    fs::create_directories(challenges_ / ".well-known/acme-challenge");
    role_ = std::make_unique<StaticFiles>(site_, root_, challenges_);
    dispatcher_ = site_.CallAs(ROLE_DISPATCHER, ROLE_STATIC);
  }
  void TearDown() override {
    dispatcher_.reset();
    role_.reset();
  }

  void PutChallenge(const std::string& name, const std::string& content) {
    std::ofstream(challenges_ / ".well-known/acme-challenge" / name) << content;
  }
  void Put(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content;
  }
  Incoming<OpenReply> Open(const std::string& path) {
    OpenRequest request;
    request.set_path(path);
    auto reply = site_.Wait(dispatcher_->Call<OpenReply>(request));
    EXPECT_TRUE(reply.ok());
    return std::move(*reply);
  }
  bool Finds(const std::string& path) { return Open(path).message.outcome() == OpenReply::OUTCOME_OPENED; }
  static std::string Content(const Fd& file) {
    char block[100];
    const ssize_t count = pread(file.get(), block, sizeof(block), 0);
    return std::string(block, count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  void UntilTold(const std::string& path) {
    site_.RunUntil([&] { return told_.Has(path); });
  }

  const TemporaryDirectory web_, acme_;
  const fs::path root_ = web_.path(), challenges_ = acme_.path();
  FakeSite site_;
  ToldDispatcher told_;
  std::unique_ptr<StaticFiles> role_;
  std::shared_ptr<Channel> dispatcher_;
};

TEST_F(StaticRole, AFileComesAsAReadOnlyDescriptor) {
  const auto reply = Open("/zoobar/media/zoobar.css");
  ASSERT_EQ(reply.fds.size(), 1u);
  EXPECT_FALSE(reply.message.has_gzip());
  EXPECT_EQ(Content(reply.fds[0]), "body {}");
  EXPECT_EQ(fcntl(reply.fds[0].get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(StaticRole, NothingIsReachedByAnOddPath) {
  for (const char* path : {"", "/", "favicon.ico", "/missing", "/zoobar", "/zoobar/", "/zoobar/media", "//favicon.ico",
                           "/zoobar//media/zoobar.css", "/./favicon.ico", "/../etc/passwd", "/zoobar/../favicon.ico",
                           "/zoobar/media/../../favicon.ico", "/favicon.ico/", "/favicon.ico/x", "/zoobar\\media"}) {
    EXPECT_FALSE(Finds(path)) << path;
  }
  EXPECT_FALSE(Finds(std::string("/favicon.ico\0.css", 17)));
  EXPECT_FALSE(Finds("/" + std::string(5000, 'a')));
}

TEST_F(StaticRole, HiddenFilesAreNotThere) {
  EXPECT_FALSE(Finds("/.secret"));
  EXPECT_FALSE(Finds("/zoobar/.git/config"));
}

TEST_F(StaticRole, LinksAreNotFollowed) {
  EXPECT_FALSE(Finds("/zoobar/media/link.css"));
  EXPECT_FALSE(Finds("/zoobar/etc/passwd"));
}

TEST_F(StaticRole, APipeIsNoFileAndHoldsNothingUp) { EXPECT_FALSE(Finds("/pipe")); }

TEST_F(StaticRole, AGzIsSentBesideItsFileUnlessItIsOlder) {
  Put("favicon.ico.gz", "packed");
  auto reply = Open("/favicon.ico");
  ASSERT_TRUE(reply.message.has_gzip());
  ASSERT_EQ(reply.fds.size(), 2u);
  EXPECT_EQ(Content(reply.fds[1]), "packed");
  fs::last_write_time(root_ / "favicon.ico.gz", fs::last_write_time(root_ / "favicon.ico") - std::chrono::seconds(1));
  reply = Open("/favicon.ico");
  EXPECT_FALSE(reply.message.has_gzip());
  EXPECT_EQ(reply.fds.size(), 1u);
  fs::last_write_time(root_ / "favicon.ico.gz", fs::last_write_time(root_ / "favicon.ico"));
  EXPECT_TRUE(Open("/favicon.ico").message.has_gzip());
}

TEST_F(StaticRole, AChangeIsToldWithItsPath) {
  Put("zoobar/media/zoobar.css", "p {}");
  UntilTold("/zoobar/media/zoobar.css");
  fs::remove(root_ / "favicon.ico");
  UntilTold("/favicon.ico");
  Put("zoobar/media/zoobar.css.gz", "x");
  told_.paths.clear();
  Put("zoobar/media/zoobar.css.gz", "y");
  UntilTold("/zoobar/media/zoobar.css");
}

TEST_F(StaticRole, NewFoldersAreWatchedToo) {
  fs::create_directories(root_ / "new/deep");
  UntilTold("");
  told_.paths.clear();
  Put("new/deep/file", "1");
  UntilTold("/new/deep/file");
  EXPECT_TRUE(Finds("/new/deep/file"));
}

TEST_F(StaticRole, ManyChangesAreToldAsOne) {
  for (int i = 0; i < 200; ++i) Put("zoobar/media/" + std::to_string(i), "x");
  UntilTold("");
}

// While it exists, no descriptor is left, so static can find out nothing about any file.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const Fd next(open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST_F(StaticRole, AWantOfDescriptorsIsNoAnswerAboutTheFile) {
  {
    const NoDescriptors none;
    for (const char* path : {"/favicon.ico", "/missing", "/zoobar/media/link.css"}) {
      const auto reply = Open(path);
      EXPECT_EQ(reply.message.outcome(), OpenReply::OUTCOME_UNAVAILABLE) << path;
      EXPECT_TRUE(reply.fds.empty());
    }
    EXPECT_EQ(Open("/../x").message.outcome(), OpenReply::OUTCOME_NOT_FOUND);  // needs no descriptor
  }
  EXPECT_EQ(site_.lines.Named("files-unavailable").size(), 1u);
  EXPECT_TRUE(Finds("/favicon.ico"));
  EXPECT_EQ(Open("/missing").message.outcome(), OpenReply::OUTCOME_NOT_FOUND);
}

TEST_F(StaticRole, AChallengeIsOpenedByItsToken) {
  EXPECT_FALSE(Finds("/.well-known/acme-challenge/abc-DEF_123"));
  PutChallenge("abc-DEF_123", "token.thumbprint");
  const auto reply = Open("/.well-known/acme-challenge/abc-DEF_123");
  ASSERT_EQ(reply.fds.size(), 1u);
  EXPECT_EQ(Content(reply.fds[0]), "token.thumbprint");
  EXPECT_EQ(fcntl(reply.fds[0].get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(StaticRole, OnlyTokensNameChallenges) {
  for (const char* name : {"a.txt", ".hidden", "a b", "a%20b", "a~", "a+b", "a=b"}) PutChallenge(name, "x");
  fs::create_directories(challenges_ / ".well-known/acme-challenge/folder");
  std::ofstream(challenges_ / ".well-known/acme-challenge/folder/inside") << "x";
  std::ofstream(challenges_ / ".well-known/secret") << "x";
  fs::create_symlink("/etc/passwd", challenges_ / ".well-known/acme-challenge/link");
  Put(".well-known/acme-challenge/ofTheWebRoot", "x");
  for (const char* name : {"", "a.txt", ".hidden", "a b", "a%20b", "a~", "a+b", "a=b", "folder", "folder/inside",
                           "../secret", "link", "..", "ofTheWebRoot"}) {
    EXPECT_FALSE(Finds(std::string("/.well-known/acme-challenge/") + name)) << name;
  }
  EXPECT_FALSE(Finds("/.well-known/secret"));
  EXPECT_FALSE(Finds("/.well-known/acme-challenge"));
  PutChallenge(std::string(128, 'a'), "x");
  PutChallenge(std::string(129, 'a'), "x");
  EXPECT_TRUE(Finds("/.well-known/acme-challenge/" + std::string(128, 'a')));
  EXPECT_FALSE(Finds("/.well-known/acme-challenge/" + std::string(129, 'a')));
}

TEST_F(StaticRole, OnlyTheDispatcherMayCall) {
  const auto app = site_.CallAs(ROLE_APP, ROLE_STATIC);
  OpenRequest request;
  request.set_path("/favicon.ico");
  EXPECT_FALSE(site_.Wait(app->Call<OpenReply>(request)).ok());
  EXPECT_FALSE(site_.misbehaviours.empty());
}

}  // namespace
}  // namespace zoobar
