// Reads the methods of all services from their protobuf descriptors, so that channels enforce exactly the permissions
// that the .proto files declare. This file also implements Service, which holds the handlers of a role's own service.
#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_map>

#include "ipc/channel.h"
#include "ipc/frame.h"

namespace zoobar {
namespace {

// Returns the descriptors of all files in proto/. CMakeLists.txt sets their names (ZOOBAR_PROTO_FILES), and makes the
// linker keep all of them (WHOLE_ARCHIVE).
std::vector<const google::protobuf::FileDescriptor*> Files() {
  std::vector<const google::protobuf::FileDescriptor*> files;
  for (const char* name : {ZOOBAR_PROTO_FILES}) {
    files.push_back(google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name));
    if (!files.back()) Die("{} is not linked into this program", name);
  }
  return files;
}

// Returns the roles that the option `every_role_may_call` permits, one bit for each.
std::uint32_t EveryRoleBut(std::uint32_t server) {
  std::uint32_t roles = 0;
  for (int i = 0; i < Role_descriptor()->value_count(); ++i) {
    const auto role = static_cast<std::uint32_t>(Role_descriptor()->value(i)->number());
    if (role != ROLE_UNSPECIFIED && role != ROLE_OPERATOR && role != server) roles |= 1u << role;
  }
  return roles;
}

template <typename Extension>
std::vector<DescriptorKind> KindsOf(const google::protobuf::MethodOptions& options, const Extension& which) {
  std::vector<DescriptorKind> kinds;
  for (int i = 0; i < options.ExtensionSize(which); ++i) kinds.push_back(options.GetExtension(which, i));
  return kinds;
}

std::vector<Method> ReadMethods() {
  std::vector<Method> methods;
  for (const auto* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      const auto server = static_cast<std::uint32_t>(service->options().GetExtension(served_by));
      for (int m = 0; m < service->method_count(); ++m) {
        const auto& options = service->method(m)->options();
        Method method;
        method.descriptor = service->method(m);
        method.number = server << 8 | static_cast<std::uint32_t>(m);
        for (int i = 0; i < options.ExtensionSize(callers); ++i) {
          method.callers |= 1u << options.GetExtension(callers, i);
        }
        if (options.GetExtension(every_role_may_call)) method.callers |= EveryRoleBut(server);
        method.one_way = options.GetExtension(one_way);
        method.repeatable = options.GetExtension(repeatable);
        method.request_fds = KindsOf(options, request_fds);
        method.reply_fds = KindsOf(options, reply_fds);
        if (const auto wait = options.GetExtension(deadline_ms)) method.deadline = Milliseconds(wait);
        methods.push_back(method);
      }
    }
  }
  return methods;
}

}  // namespace

std::string_view RoleName(Role role) {
  static const auto names = [] {
    std::array<std::string, Role_ARRAYSIZE> all;
    for (int i = 0; i < Role_ARRAYSIZE; ++i) {
      const std::string& full = Role_Name(i);  // "ROLE_BANK"
      if (full.size() > 5 && i != 0) all[static_cast<std::size_t>(i)] = full.substr(5);
      for (char& c : all[static_cast<std::size_t>(i)]) c = static_cast<char>(std::tolower(c));
    }
    return all;
  }();
  if (role <= ROLE_UNSPECIFIED || role >= Role_ARRAYSIZE) return "?";
  return names[static_cast<std::size_t>(role)];
}

std::uint32_t RoleId(Role role) {
  const auto* const value = Role_descriptor()->FindValueByNumber(role);
  return value ? value->options().GetExtension(role_id) : 0;
}

Role RoleByName(std::string_view name) {
  for (int i = 1; i < Role_ARRAYSIZE; ++i) {
    if (RoleName(static_cast<Role>(i)) == name) return static_cast<Role>(i);
  }
  return ROLE_UNSPECIFIED;
}

std::string Method::name() const { return descriptor->service()->name() + "." + descriptor->name(); }

const std::vector<std::string>& ContractFiles() {
  static const std::vector<std::string> files = [] {
    std::vector<std::string> all;
    for (const auto* file : Files()) {
      google::protobuf::FileDescriptorProto described;
      file->CopyTo(&described);
      all.push_back(described.SerializeAsString());
    }
    return all;
  }();
  return files;
}

const std::vector<Method>& AllMethods() {
  static const std::vector<Method> methods = ReadMethods();
  return methods;
}

const Method* MethodByNumber(std::uint32_t number) {
  static const auto by_number = [] {
    std::unordered_map<std::uint32_t, const Method*> all;
    for (const Method& method : AllMethods()) all[method.number] = &method;
    return all;
  }();
  const auto found = by_number.find(number);
  return found == by_number.end() ? nullptr : found->second;
}

const Method& MethodForRequest(const google::protobuf::Descriptor* request) {
  const Method* found = nullptr;
  for (const Method& method : AllMethods()) {
    if (method.descriptor->input_type() != request) continue;
    if (found) Die("{} is the request of two methods", request->full_name());
    found = &method;
  }
  if (!found) Die("{} is the request of no method", request->full_name());
  return *found;
}

Bytes Channel::OneWayFrame(const google::protobuf::Message& request) {
  const std::size_t size = request.ByteSizeLong();
  Bytes frame;
  frame.resize(frame::kHeader + size);
  const Method& method = MethodForRequest(request.GetDescriptor());
  frame::WriteHeader(frame.data(), {.body = static_cast<std::uint32_t>(size), .method = method.number});
  request.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(frame.data() + frame::kHeader));
  return frame;
}

bool MayTalk(Role a, Role b) {
  return std::any_of(AllMethods().begin(), AllMethods().end(), [a, b](const Method& method) {
    const auto server = static_cast<Role>(method.number >> 8);
    const bool serves_a = server == a || server == ROLE_UNSPECIFIED;
    const bool serves_b = server == b || server == ROLE_UNSPECIFIED;
    return (serves_b && method.permits(a)) || (serves_a && method.permits(b));
  });
}

void Service::Add(const Method& method, const google::protobuf::Descriptor* reply, Raw handler) {
  if (method.descriptor->output_type() != reply) Die("the reply of {} is not {}", method.name(), reply->full_name());
  if (!handlers_.emplace(method.number, std::move(handler)).second) Die("{} has two handlers", method.name());
}

std::vector<std::string> Service::Missing(Role role) const {
  std::vector<std::string> missing;
  for (const Method& method : AllMethods()) {
    if (static_cast<Role>(method.number >> 8) == role && !Find(method.number)) missing.push_back(method.name());
  }
  return missing;
}

const Service::Raw* Service::Find(std::uint32_t number) const {
  const auto found = handlers_.find(number);
  return found == handlers_.end() ? nullptr : &found->second;
}

}  // namespace zoobar
