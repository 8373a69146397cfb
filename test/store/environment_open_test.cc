// Opening an environment: one process at a time, and the format.
#include <fstream>
#include <thread>

#include "store/environment_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

TEST_F(EnvironmentTest, ASecondOpenerIsToldWhoseFolderItIs) {
  Open();
  const std::string error = OpeningError(Options());
  EXPECT_THAT(error, HasSubstr("another process has it open"));
  EXPECT_THAT(error, HasSubstr(folder_.path()));
}

TEST_F(EnvironmentTest, TheSuccessorOfAKilledProcessGetsIn) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  Child holder([&] {
    Loop loop;
    auto opened = Environment::Open(loop, Options());
    if (write(ready[1], opened.ok() ? "y" : "n", 1) != 1) return 1;
    for (;;) pause();
    return 0;
  });
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_THAT(OpeningError(Options()), HasSubstr("another process"));
  EnvironmentOptions options = Options();
  options.lock_wait = Milliseconds(60'000);
  std::thread killer([&] { holder.Kill(); });
  Open(options);
  killer.join();
  EXPECT_TRUE(PutNow("key", "value").ok());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(EnvironmentTest, AFormatFromTheFutureIsRefusedAndLeftAsItIs) {
  EnvironmentOptions future = Options();
  future.format = 2;
  Open(future);
  ASSERT_TRUE(PutNow("key", "value").ok());
  environment_.reset();
  EnvironmentOptions more_tables = Options();
  more_tables.tables.push_back("c");
  EXPECT_THAT(OpeningError(more_tables), HasSubstr("newer zoobar: format 2, this one knows up to 1"));
  Open(future);
  EXPECT_EQ(Get("key"), "value");
}

TEST_F(EnvironmentTest, AnotherRolesStoreIsRefused) {
  Open();
  environment_.reset();
  EnvironmentOptions other = Options();
  other.kind = "other";
  EXPECT_THAT(OpeningError(other), HasSubstr("the store of 'test', not of 'other'"));
}

TEST_F(EnvironmentTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(folder_.path() + "/data.mdb") << std::string(100'000, 'x');
  EXPECT_THAT(OpeningError(Options()), HasSubstr("opening data.mdb"));
}

TEST_F(EnvironmentTest, SomebodyElsesDatabaseIsRefused) {
  MDB_env* env;
  MDB_txn* txn;
  MDB_dbi table;
  ASSERT_EQ(mdb_env_create(&env), 0);
  mdb_env_set_maxdbs(env, 1);
  ASSERT_EQ(mdb_env_open(env, folder_.path().c_str(), 0, 0600), 0);
  ASSERT_EQ(mdb_txn_begin(env, nullptr, 0, &txn), 0);
  ASSERT_EQ(mdb_dbi_open(txn, "theirs", MDB_CREATE, &table), 0);
  ASSERT_EQ(mdb_txn_commit(txn), 0);
  mdb_env_close(env);
  EXPECT_THAT(OpeningError(Options()), HasSubstr("not a zoobar store"));
}

TEST_F(EnvironmentTest, AMissingFolderIsAnError) {
  EnvironmentOptions options = Options();
  options.folder += "/missing";
  EXPECT_THAT(OpeningError(options), HasSubstr("No such file or directory"));
}

using EnvironmentDeathTest = EnvironmentTest;
TEST_F(EnvironmentDeathTest, AskingForATableThatWasNotNamedIsABug) {
  Open();
  EXPECT_DEATH(environment_->table("c"), "no table c");
}

}  // namespace
}  // namespace zoobar
