#include "ipc/sendable.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ipc/stream.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The `string` fields of a message type, and the inner messages that have some. Most types have none. For these types
// the check costs only one look-up.
struct Plan {
  std::vector<const FieldDescriptor*> strings;
  std::vector<std::pair<const FieldDescriptor*, const Plan*>> inside;  // inner messages that have `string` fields
  bool any() const { return !strings.empty() || !inside.empty(); }
};

const Plan& PlanOf(const Descriptor* type) {
  // A static map needs no lock, because a role sends from one thread only. No type of zoobar contains itself, so the
  // recursion ends.
  static std::unordered_map<const Descriptor*, std::unique_ptr<Plan>> plans;
  std::unique_ptr<Plan>& known = plans[type];
  if (known) return *known;
  known = std::make_unique<Plan>();
  Plan& plan = *known;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->type() == FieldDescriptor::TYPE_STRING) plan.strings.push_back(field);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const Plan& theirs = PlanOf(field->message_type());
    if (theirs.any()) plan.inside.emplace_back(field, &theirs);
  }
  return plan;
}

// Returns the first `string` field that is not UTF-8, or null if all of them are.
const FieldDescriptor* NotUtf8(const Message& message, const Plan& plan) {
  const google::protobuf::Reflection* const reflection = message.GetReflection();
  std::string scratch;
  for (const FieldDescriptor* field : plan.strings) {
    if (!field->is_repeated()) {
      if (!IsUtf8(reflection->GetStringReference(message, field, &scratch))) return field;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (!IsUtf8(reflection->GetRepeatedStringReference(message, field, i, &scratch))) return field;
    }
  }
  for (const auto& [field, theirs] : plan.inside) {
    if (!field->is_repeated()) {
      if (!reflection->HasField(message, field)) continue;
      if (const auto* bad = NotUtf8(reflection->GetMessage(message, field), *theirs)) return bad;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (const auto* bad = NotUtf8(reflection->GetRepeatedMessage(message, field, i), *theirs)) return bad;
    }
  }
  return nullptr;
}

}  // namespace

Status CheckSendable(const Message& message, std::size_t secret_bytes, std::size_t fds) {
  const std::size_t size = message.ByteSizeLong();
  if (size > frame::kMaxBody) return Error::Of("{} bytes, over {}", size, frame::kMaxBody);
  if (secret_bytes > frame::kMaxSecret) return Error::Of("{} secret bytes, over {}", secret_bytes, frame::kMaxSecret);
  if (fds > frame::kMaxFds) return Error::Of("{} descriptors, over {}", fds, frame::kMaxFds);
  const Plan& plan = PlanOf(message.GetDescriptor());
  if (!plan.any()) return {};
  if (const FieldDescriptor* bad = NotUtf8(message, plan)) return Error::Of("{} is not UTF-8", bad->full_name());
  return {};
}

}  // namespace zoobar
