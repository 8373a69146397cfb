#include "config/changes.h"

#include <gmock/gmock.h>

#include <map>

#include "config/config.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config Complete(const std::string& text) {
  ConfigSources sources;
  sources.file = "/nowhere/config/zoobar.textproto";
  sources.text = text;
  Result<Config> config = CompleteConfig(sources);
  EXPECT_TRUE(config.ok()) << text << ": " << (config.ok() ? "" : config.error().text);
  return config.ok() ? std::move(*config) : Config();
}

// One line for each change: "FIELD: BEFORE -> AFTER (restart)".
std::vector<std::string> Changes(const std::string& before, const std::string& after) {
  std::vector<std::string> lines;
  for (const ConfigChange& change : ConfigChanges(Complete(before), Complete(after))) {
    lines.push_back(fmt::format("{}: {} -> {}{}", change.field, change.before, change.after,
                                change.needs_restart ? " (restart)" : ""));
  }
  return lines;
}

TEST(ConfigChangesTest, TheSameConfigurationChangesNothingHoweverItIsWritten) {
  EXPECT_THAT(Changes("", ""), IsEmpty());
  EXPECT_THAT(Changes("", "auth { min_password_length: 8 } log_level: info"), IsEmpty()) << "the defaults";
  EXPECT_THAT(Changes("", "role { name: \"bank\" uid: 61015 gid: 61015 }"), IsEmpty());
}

TEST(ConfigChangesTest, AFieldIsNamedWithBothValues) {
  EXPECT_THAT(Changes("", "auth { min_password_length: 12 argon2 { passes: 3 } }"),
              ElementsAre("auth.min_password_length: 8 -> 12", "auth.argon2.passes: 2 -> 3"));
  EXPECT_THAT(Changes("log_level: debug", "log_level: error"), ElementsAre("log_level: debug -> error"));
  EXPECT_THAT(Changes("trusted_proxies: \"10.0.0.1\"", ""), ElementsAre("trusted_proxies[0]: \"10.0.0.1\" -> "));
}

TEST(ConfigChangesTest, RowsOfListsAreNamed) {
  EXPECT_THAT(
      Changes("listen { address: \"::1\" port: 80 }",
              "listen { address: \"::1\" port: 81 } listen { address: \"::1\" port: 82 }"),
      ElementsAre("listen[0].port: 80 -> 81 (restart)", "listen[1]:  -> { address: \"::1\" port: 82 } (restart)"));
  EXPECT_THAT(Changes("", "role { name: \"sanitizer\" uid: 61018 gid: 61018 instances: 3 }"),
              ElementsAre("role[sanitizer].instances: 2 -> 3 (restart)"));
}

TEST(ConfigChangesTest, PartsOfProfileThatOnlyRootCanPrepareNeedARestart) {
  EXPECT_THAT(Changes("", "profile { timeout_ms: 700 packages: \"numpy\" warm_packages: true }"),
              ElementsAre("profile.timeout_ms: 5000 -> 700", "profile.packages[0]:  -> \"numpy\" (restart)",
                          "profile.warm_packages: false -> true (restart)"));
}

// Each field of Config is here, so that a new one is decided upon.
TEST(ConfigChangesTest, EachFieldChangesAtAReloadOrAtARestart) {
  const std::map<std::string, std::pair<const char*, bool>> kFields = {
      {"listen", {"listen { address: \"::1\" port: 81 }", true}},
      {"state_dir", {"state_dir: \"/srv\"", true}},
      {"web_root", {"web_root: \"/srv\"", true}},
      {"id_base", {"id_base: 70000", true}},
      {"role", {"role { name: \"app\" uid: 61012 gid: 61012 instances: 2 }", true}},
      {"auth", {"auth { sweetwords: 3 }", false}},
      {"bank", {"bank { initial_zoobars: 3 }", false}},
      {"profile", {"profile { output_bytes: 2000 }", false}},
      {"store", {"store { map_bytes: 134217728 }", true}},
      {"http", {"http { fields: 50 }", false}},
      {"log", {"log { keep: 2 }", false}},
      {"drain_seconds", {"drain_seconds: 3", false}},
      {"log_level", {"log_level: debug", false}},
      {"trusted_proxies", {"trusted_proxies: \"10.0.0.1\"", false}},
      {"control_gid", {"control_gid: 61050", true}},
      {"notary", {"notary { sign_seconds: 3 }", true}},
      {"metrics", {"metrics { port: 9000 }", true}},
      {"console", {"console { port: 9000 }", true}},
      {"tasks", {"tasks { task { id: \"a\" title: \"A\" text: \"t\" done { request: \"GET /\" } } }", false}},
      {"tls", {"tls { certificate: \"/a\" key: \"/b\" }", true}},
  };
  const Config now = Complete("");
  for (int i = 0; i < Config::descriptor()->field_count(); ++i) {
    const std::string& name = Config::descriptor()->field(i)->name();
    ASSERT_TRUE(kFields.contains(name)) << name;
    const auto& [text, needs_restart] = kFields.at(name);
    const Config wanted = Complete(text);
    const std::vector<ConfigChange> changes = ConfigChanges(now, wanted);
    ASSERT_FALSE(changes.empty()) << text;
    for (const ConfigChange& change : changes) EXPECT_EQ(change.needs_restart, needs_restart) << text << change.field;
    EXPECT_EQ(ConfigChanges(AfterReload(now, wanted), wanted).empty(), !needs_restart) << text;
  }
}

TEST(ConfigChangesTest, TheTextHasEveryDefault) {
  const Config config = Complete("");
  const std::string text = ConfigText(config);
  EXPECT_THAT(text, testing::HasSubstr("  min_password_length: 8\n"));
  EXPECT_THAT(text, testing::HasSubstr("alarm: lock\n"));
  EXPECT_THAT(text, testing::HasSubstr("max_map_bytes: 68719476736\n"));
  EXPECT_THAT(text, testing::HasSubstr("initial_zoobars: 10\n"));
  EXPECT_THAT(text, testing::HasSubstr("tls: false\n"));
  EXPECT_THAT(text, testing::HasSubstr("state_dir: \"/var/lib/zoobar\"\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("control_gid"))) << "it has no default";
  EXPECT_THAT(ConfigChanges(config, Complete(text)), IsEmpty());
}

}  // namespace
}  // namespace zoobar
