// The file with the tasks of a course: read with the configuration, checked, and named with its place if it is wrong.
#include "config/task_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <fstream>

#include "config/changes.h"
#include "course/rules.h"
#include "ipc/fd.h"
#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class TaskFileTest : public testing::Test {
 protected:
  static std::string TaskOf(const std::string& id) {
    return "task {\n  id: \"" + id + "\"\n  title: \"T\"\n  text: \"t\"\n  done { request: \"GET /\" }\n}\n";
  }
  void Write(const std::string& text) const { std::ofstream(folder_.path() + "/tasks.textproto") << text; }
  Result<Config> Complete(const std::string& text, int folder = -1) const {
    ConfigSources sources;
    sources.file = folder_.path() + "/zoobar.textproto";
    sources.text = text;
    sources.folder = folder;
    return CompleteConfig(sources);
  }
  std::string Wrong(const std::string& text) const {
    const Result<Config> config = Complete(text);
    return config.ok() ? "" : config.error().text;
  }
  const TemporaryDirectory folder_;
  const std::string on_ = "tasks { file: \"tasks.textproto\" }";
};

TEST_F(TaskFileTest, ItsTasksAreInTheFinishedConfigurationAndItsNameIsNot) {
  Write(TaskOf("a") + TaskOf("b"));
  const Result<Config> config = Complete(on_);
  ASSERT_TRUE(config.ok()) << config.error().text;
  ASSERT_EQ(config->tasks().task_size(), 2);
  EXPECT_EQ(config->tasks().task(1).id(), "b");
  EXPECT_EQ(config->tasks().task(1).points(), 1u);
  EXPECT_FALSE(config->tasks().has_file());
  const Result<Config> again = Complete(ConfigText(*config));
  ASSERT_TRUE(again.ok()) << "what ctl config prints is a configuration: " << again.error().text;
  EXPECT_TRUE(ConfigChanges(*config, *again).empty());
}

TEST_F(TaskFileTest, WithoutTasksThereAreNone) {
  const Result<Config> config = Complete("");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(config->has_tasks());
}

TEST_F(TaskFileTest, ItIsReadFromTheFolderThatTheMasterKeeps) {
  Write(TaskOf("a"));
  const Fd folder(open(folder_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  ConfigSources sources;
  sources.file = "/nowhere/zoobar.textproto";
  sources.text = on_;
  sources.folder = folder.get();
  const Result<Config> config = CompleteConfig(sources);
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_EQ(config->tasks().task_size(), 1);
}

TEST_F(TaskFileTest, AFaultIsNamedWithItsPlace) {
  Write(TaskOf("a") + "task { id: \"Pay\" }");
  EXPECT_EQ(Wrong(on_), "tasks.textproto:7:1: task \"Pay\": id must be 1 to 32 of a-z, 0-9 and \"-\"");
  Write(TaskOf("a") + "tusk { }");
  EXPECT_THAT(Wrong(on_), StartsWith("tasks.textproto:7:"));
  Write("task { id: \"\xFF\" }");
  EXPECT_THAT(Wrong(on_), StartsWith("tasks.textproto:1:13: not UTF-8"));
  Write("task { id: \"a\" title: \"T\" text: \"t\" done { role: \"bonk\" event: \"e\" member: \"m\" } }");
  EXPECT_THAT(Wrong(on_), HasSubstr("names a role that does not exist: \"bonk\""));
}

TEST_F(TaskFileTest, AMissingFileAPathAndAnEmptyListAreErrors) {
  EXPECT_THAT(Wrong(on_), HasSubstr("tasks: "));
  EXPECT_THAT(Wrong(on_), HasSubstr("No such file"));
  EXPECT_THAT(Wrong("tasks { file: \"../tasks.textproto\" }"), HasSubstr("must be a name in the folder"));
  EXPECT_THAT(Wrong("tasks { file: \"\" }"), HasSubstr("must be a name in the folder"));
  EXPECT_THAT(Wrong("tasks { scoreboard: true }"), HasSubstr("no task is declared"));
}

TEST_F(TaskFileTest, IdsAreDifferentAndTasksAreFew) {
  Write(TaskOf("a") + TaskOf("a"));
  EXPECT_THAT(Wrong(on_), HasSubstr("two tasks have the id \"a\""));
  std::string many;
  for (int i = 0; i <= kMostTasks; ++i) many += TaskOf("t" + std::to_string(i));
  Write(many);
  EXPECT_THAT(Wrong(on_), HasSubstr("65 tasks, at most 64"));
}

TEST_F(TaskFileTest, TheDeliveredFileIsRight) {
  std::ifstream file(ZOOBAR_SOURCE_DIR "/config/tasks.textproto");
  Write({std::istreambuf_iterator<char>(file), {}});
  EXPECT_EQ(Wrong(on_), "");
}

}  // namespace
}  // namespace zoobar
