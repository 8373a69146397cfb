// Numbers of fields and enum values are never used again: what an older zoobar has stored, or says during an upgrade, must
// not mean something else. released.txt lists all of them as of the last release. To write it anew for a release:
//   ZOOBAR_WRITE_RELEASED=1 build/release/contract_test --gtest_filter='Released.*'
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "ipc/channel.h"

namespace zoobar {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FileDescriptor;

const std::string kList = std::string(ZOOBAR_SOURCE_DIR) + "/test/contract/released.txt";
// What is kept after the process that wrote it has ended. Their messages may not disappear either.
const std::set<std::string> kKept = {"stored.proto", "stored_credentials.proto", "backup.proto", "statement.proto",
                                     "config.proto"};

struct Number {
  std::string file, meaning;  // "stored.proto", "string name"
};
// By the message or enum and the number: "StoredAccount 3".
using Numbers = std::map<std::string, Number>;

void Add(Numbers& numbers, const EnumDescriptor& one) {
  for (int i = 0; i < one.value_count(); ++i)
    numbers[one.full_name() + " " + std::to_string(one.value(i)->number())] = {one.file()->name(),
                                                                               one.value(i)->name()};
}

void Add(Numbers& numbers, const Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    std::string meaning = std::string(field.is_repeated() ? "repeated " : "") + field.type_name() + " ";
    if (field.message_type()) meaning += field.message_type()->full_name() + " ";
    if (field.enum_type()) meaning += field.enum_type()->full_name() + " ";
    numbers[message.full_name() + " " + std::to_string(field.number())] = {message.file()->name(),
                                                                           meaning + field.name()};
  }
  for (int i = 0; i < message.nested_type_count(); ++i) Add(numbers, *message.nested_type(i));
  for (int i = 0; i < message.enum_type_count(); ++i) Add(numbers, *message.enum_type(i));
}

Numbers Present() {
  Numbers numbers;
  for (const std::string& text : ContractFiles()) {
    google::protobuf::FileDescriptorProto described;
    EXPECT_TRUE(described.ParseFromString(text));
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(described.name());
    for (int i = 0; i < file->message_type_count(); ++i) Add(numbers, *file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) Add(numbers, *file->enum_type(i));
  }
  return numbers;
}

Numbers Released() {
  Numbers numbers;
  std::ifstream list(kList);
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    std::string file, message, number, meaning;
    words >> file >> message >> number >> std::ws;
    std::getline(words, meaning);
    numbers[message + " " + number] = {file, meaning};
  }
  return numbers;
}

bool IsReserved(const std::string& name, int number) {
  const auto* message = DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  if (message) return message->IsReservedNumber(number);
  const auto* one = DescriptorPool::generated_pool()->FindEnumTypeByName(name);
  return one && one->IsReservedNumber(number);
}

bool Exists(const std::string& name) {
  return DescriptorPool::generated_pool()->FindMessageTypeByName(name) ||
         DescriptorPool::generated_pool()->FindEnumTypeByName(name);
}

TEST(Released, NumbersKeepTheirMeaningOrAreReserved) {
  const Numbers present = Present();
  if (std::getenv("ZOOBAR_WRITE_RELEASED")) {
    std::ofstream list(kList);
    for (const auto& [key, number] : present) list << number.file << ' ' << key << ' ' << number.meaning << '\n';
  }
  const Numbers released = Released();
  ASSERT_GT(released.size(), 500u) << kList;
  for (const auto& [key, number] : released) {
    const auto found = present.find(key);
    if (found != present.end()) {
      EXPECT_EQ(found->second.meaning, number.meaning) << key << " of " << number.file << " had another meaning";
      continue;
    }
    const std::size_t space = key.find(' ');
    const std::string name = key.substr(0, space);
    if (!Exists(name) && !kKept.contains(number.file)) continue;
    EXPECT_TRUE(IsReserved(name, std::stoi(key.substr(space + 1))))
        << key << " (" << number.meaning << ") is gone from " << number.file << ": reserve its number";
  }
}

// A number that is new must not be that of something older, so the check above must see it: this looks at the check.
TEST(Released, ListHasWhatIsStored) {
  const Numbers released = Released();
  std::set<std::string> files;
  for (const auto& [key, number] : released) files.insert(number.file);
  for (const std::string& file : kKept) EXPECT_TRUE(files.contains(file)) << file;
  EXPECT_TRUE(released.contains("zoobar.StoredAccount 1"));
}

}  // namespace
}  // namespace zoobar
