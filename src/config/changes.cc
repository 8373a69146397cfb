#include "config/changes.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include "ipc/result.h"

namespace zoobar {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using google::protobuf::util::MessageDifferencer;

// Returns the new settings for programs, but with the present ones for what only root can prepare.
Config::Profile WithFixedParts(Config::Profile fresh, const Config::Profile& now) {
  fresh.clear_scratch();
  fresh.clear_warm_packages();
  if (now.has_scratch()) fresh.set_scratch(now.scratch());
  if (now.has_warm_packages()) fresh.set_warm_packages(now.warm_packages());
  *fresh.mutable_packages() = now.packages();
  return fresh;
}

// Collects the differences that protobuf finds.
class Collector : public MessageDifferencer::Reporter {
 public:
  // All arguments must outlive this object.
  Collector(const Config& whole, bool need_restart, std::vector<ConfigChange>& changes)
      : whole_(whole), need_restart_(need_restart), changes_(changes) {}

  using Path = std::vector<MessageDifferencer::SpecificField>;
  void ReportAdded(const Message&, const Message& after, const Path& path) override {
    Add(path, "", ValueIn(after, path.back().field, path.back().new_index));
  }
  void ReportDeleted(const Message& before, const Message&, const Path& path) override {
    Add(path, ValueIn(before, path.back().field, path.back().index), "");
  }
  // Protobuf also calls it for a message in which a field was modified.
  void ReportModified(const Message& before, const Message& after, const Path& path) override {
    if (path.back().field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return;
    Add(path, ValueIn(before, path.back().field, path.back().index),
        ValueIn(after, path.back().field, path.back().new_index));
  }

 private:
  void Add(const Path& path, std::string before, std::string after) {
    std::string name;
    for (const auto& step : path) {
      name += (name.empty() ? "" : ".") + step.field->name();
      const int index = step.index >= 0 ? step.index : step.new_index;
      if (step.field->number() == Config::kRoleFieldNumber && step.field->containing_type() == Config::descriptor()) {
        name += "[" + whole_.role(index).name() + "]";  // CompleteConfig has put the same roles into both
      } else if (step.field->is_repeated()) {
        name += "[" + std::to_string(index) + "]";
      }
    }
    changes_.push_back({std::move(name), std::move(before), std::move(after), need_restart_});
  }

  // Protobuf names the message that has the last field of the path.
  static std::string ValueIn(const Message& parent, const FieldDescriptor* field, int index) {
    TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string text;
    printer.PrintFieldValueToString(parent, field, field->is_repeated() ? index : -1, &text);
    while (text.ends_with(' ')) text.pop_back();
    return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? "{ " + text + " }" : text;
  }

  const Config& whole_;
  const bool need_restart_;
  std::vector<ConfigChange>& changes_;
};

void Compare(const Config& before, const Config& after, bool need_restart, std::vector<ConfigChange>& changes) {
  MessageDifferencer differencer;
  differencer.set_message_field_comparison(MessageDifferencer::EQUIVALENT);
  Collector collector(before, need_restart, changes);
  differencer.ReportDifferencesTo(&collector);
  differencer.Compare(before, after);
}

// Sets each field that is not set, and that config.proto gives a default.
void WriteDefaults(Message& message) {
  const google::protobuf::Reflection& fields = *message.GetReflection();
  const google::protobuf::Descriptor& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* const field = descriptor.field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int j = 0; field->is_repeated() && j < fields.FieldSize(message, field); ++j)
        WriteDefaults(*fields.MutableRepeatedMessage(&message, field, j));
      if (!field->is_repeated() && fields.HasField(message, field))
        WriteDefaults(*fields.MutableMessage(&message, field));
      continue;
    }
    if (field->is_repeated() || !field->has_default_value() || fields.HasField(message, field)) continue;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32:
        fields.SetUInt32(&message, field, field->default_value_uint32());
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        fields.SetUInt64(&message, field, field->default_value_uint64());
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        fields.SetInt64(&message, field, field->default_value_int64());
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        fields.SetBool(&message, field, field->default_value_bool());
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        fields.SetEnum(&message, field, field->default_value_enum());
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        fields.SetString(&message, field, field->default_value_string());
        break;
      default:
        Die("config.proto has a default of a type that WriteDefaults does not know");
    }
  }
}

}  // namespace

Config AfterReload(const Config& now, const Config& wanted) {
  Config fresh = now;
  *fresh.mutable_auth() = wanted.auth();
  *fresh.mutable_bank() = wanted.bank();
  *fresh.mutable_profile() = WithFixedParts(wanted.profile(), now.profile());
  *fresh.mutable_http() = wanted.http();
  *fresh.mutable_log() = wanted.log();
  fresh.set_drain_seconds(wanted.drain_seconds());
  fresh.set_log_level(wanted.log_level());
  *fresh.mutable_trusted_proxies() = wanted.trusted_proxies();
  fresh.clear_tasks();
  if (wanted.has_tasks()) *fresh.mutable_tasks() = wanted.tasks();
  return fresh;
}

std::vector<ConfigChange> ConfigChanges(const Config& now, const Config& wanted) {
  std::vector<ConfigChange> changes;
  const Config reloaded = AfterReload(now, wanted);
  Compare(now, reloaded, false, changes);
  Compare(reloaded, wanted, true, changes);
  return changes;
}

std::string ConfigText(Config config) {
  WriteDefaults(config);
  std::string text;
  TextFormat::PrintToString(config, &text);
  return text;
}

}  // namespace zoobar
