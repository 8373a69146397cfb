// config/zoobar.textproto is what an operator reads first. It must show every field, with its default.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "config.pb.h"

namespace zoobar {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

std::string FileText() {
  std::ifstream file(ZOOBAR_SOURCE_DIR "/config/zoobar.textproto");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Adds to `faults` each field of `message` that is missing, and each whose value is not the schema's default.
void Compare(const Message& message, const std::string& path, std::vector<std::string>& faults) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const std::string name = path + field->name();
    if (field->is_repeated()) {
      if (reflection->FieldSize(message, field) == 0) faults.push_back(name + " is missing");
    } else if (!reflection->HasField(message, field)) {
      faults.push_back(name + " is missing");
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Compare(reflection->GetMessage(message, field), name + ".", faults);
    } else if (field->has_default_value()) {
      std::string value, standard;  // a field that is not set is printed as its default
      const std::unique_ptr<Message> unset(message.New());
      TextFormat::PrintFieldValueToString(message, field, -1, &value);
      TextFormat::PrintFieldValueToString(*unset, field, -1, &standard);
      if (value != standard) faults.push_back(name + " is " + value + ", the schema says " + standard);
    }
  }
}

TEST(ConfigFile, SetsWhatHasADefaultToThatDefault) {
  Config config;
  ASSERT_TRUE(TextFormat::ParseFromString(FileText(), &config));
  std::vector<std::string> faults;
  Compare(config, "", faults);
  // These have no default that a file could say. They are shown in comments.
  EXPECT_THAT(faults, testing::UnorderedElementsAre(
                          "web_root is missing", "role is missing", "auth.reserved_names is missing",
                          "auth.passkeys is missing", "profile.scratch is missing", "profile.packages is missing",
                          "trusted_proxies is missing", "control_gid is missing", "tls is missing",
                          "metrics is missing", "console is missing", "tasks is missing"));
}

TEST(ConfigFile, ShowsTheRestInCommentsThatParse) {
  const std::string text = FileText();
  std::string uncommented;
  const std::regex shown(
      "\n# ((role \\{|tls \\{|metrics \\{|console \\{|tasks \\{|web_root:|trusted_proxies:|control_gid:)[^\n]*)");
  const std::regex of_auth("\n  # ((passkeys \\{|reserved_names:)[^\n]*)");
  const std::regex of_profile("\n  # ((scratch|packages):[^\n]*)");
  for (std::sregex_iterator it(text.begin(), text.end(), shown), end; it != end; ++it)
    uncommented += (*it)[1].str() + "\n";
  uncommented += "auth {\n";
  for (std::sregex_iterator it(text.begin(), text.end(), of_auth), end; it != end; ++it)
    uncommented += (*it)[1].str() + "\n";
  uncommented += "}\nprofile {\n";
  for (std::sregex_iterator it(text.begin(), text.end(), of_profile), end; it != end; ++it)
    uncommented += (*it)[1].str() + "\n";
  uncommented += "}\n";
  Config config;
  ASSERT_TRUE(TextFormat::ParseFromString(uncommented, &config)) << uncommented;
  EXPECT_EQ(config.profile().scratch(), "/scratch");
  EXPECT_EQ(config.profile().packages_size(), 3);
  EXPECT_EQ(config.auth().passkeys().origin_size(), 1);
  EXPECT_EQ(config.auth().reserved_names_size(), 1);
  EXPECT_TRUE(config.has_web_root());
  EXPECT_TRUE(config.has_control_gid());
  EXPECT_TRUE(config.metrics().has_address() && config.metrics().has_port());
  EXPECT_TRUE(config.console().has_address() && config.console().has_port());
  EXPECT_TRUE(config.tasks().has_file() && config.tasks().has_scoreboard());
  EXPECT_EQ(config.trusted_proxies_size(), 1);
  std::vector<std::string> missing;
  const auto* row = Config::RoleConfig::descriptor();
  for (int i = 0; i < row->field_count(); ++i) {
    const bool anywhere = std::any_of(config.role().begin(), config.role().end(), [&](const Config::RoleConfig& role) {
      const FieldDescriptor* field = row->field(i);
      return field->is_repeated() ? role.GetReflection()->FieldSize(role, field) > 0
                                  : role.GetReflection()->HasField(role, field);
    });
    if (!anywhere) missing.push_back(row->field(i)->name());
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

}  // namespace
}  // namespace zoobar
