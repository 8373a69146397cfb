// The contract: roles, proto/, config/, the documents and the tests agree. If a role is added, these tests say what is
// still missing.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "admin.pb.h"
#include "app.pb.h"
#include "auth.pb.h"
#include "bank.pb.h"
#include "confine/calls.h"
#include "dispatcher.pb.h"
#include "echo.pb.h"
#include "health.pb.h"
#include "ipc/channel.h"
#include "logger.pb.h"
#include "profile.pb.h"
#include "roles/table.h"
#include "sandbox.pb.h"
#include "sanitizer.pb.h"
#include "site/role.h"
#include "site/rows.h"
#include "static.pb.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

const std::string kSource = ZOOBAR_SOURCE_DIR;
// Roles that are named in the enum for later versions of the design, and not built.
const std::set<Role> kReserved = {};

std::string Text(const std::string& path) {
  std::ifstream file(kSource + "/" + path, std::ios::binary);
  EXPECT_TRUE(file) << path << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

Role ServerOf(const Method& method) { return static_cast<Role>(method.number >> 8); }

std::set<Role> Built() {
  std::set<Role> roles;
  for (const RoleSpec* spec : AllRoles()) roles.insert(spec->role);
  return roles;
}

// The rows of the trust table in docs/roles.md: for each role the cells after the first one.
std::map<std::string, std::vector<std::string>> TrustTable() {
  std::map<std::string, std::vector<std::string>> rows;
  std::istringstream page(Text("docs/roles.md"));
  for (std::string line; std::getline(page, line);) {
    static const std::regex row(R"(\| ([a-z]+) \| (\d+) \| (.*) \| (.*) \| (.*) \|)");
    std::smatch found;
    if (std::regex_match(line, found, row)) rows[found[1]] = {found[2], found[3], found[4], found[5]};
  }
  return rows;
}

// The parts of the comment in a role's header. The key is the title, "Called by", and the value is the text up to the
// next part.
std::map<std::string, std::string> HeaderComment(const std::string& role) {
  std::istringstream file(Text((role == "master" ? "src/master/" : "src/roles/") + role + ".h"));
  std::string comment;
  for (std::string line; std::getline(file, line) && line.starts_with("//");) comment += line.substr(2) + " ";
  static const std::regex part(R"((Role|Called by|Calls|Holds|If compromised|Known limits):)");
  std::map<std::string, std::string> parts;
  std::sregex_iterator at(comment.begin(), comment.end(), part), end;
  for (; at != end; ++at) {
    const auto next = std::next(at);
    const std::size_t from = static_cast<std::size_t>(at->position() + at->length());
    const std::size_t to = next == end ? comment.size() : static_cast<std::size_t>(next->position());
    parts[(*at)[1]] = comment.substr(from, to - from);
  }
  return parts;
}

// The roles that are named in a text as whole words, not in parentheses.
std::set<Role> RolesNamed(const std::string& text) {
  std::string plain;
  int depth = 0;
  for (char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) plain += c;
    if (c == ')') --depth;
  }
  std::set<Role> roles;
  static const std::regex word("[a-z]+");
  for (std::sregex_iterator at(plain.begin(), plain.end(), word), end; at != end; ++at) {
    if (const Role role = RoleByName(at->str()); role != ROLE_UNSPECIFIED) roles.insert(role);
  }
  return roles;
}

bool AnyFileHas(const std::string& directory, const std::string& text) {
  for (const auto& entry : fs::directory_iterator(kSource + "/" + directory)) {
    if (Text(fs::relative(entry.path(), kSource)).find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(Contract, EveryServiceIsServedByARoleOfTheTable) {
  for (const Method& method : AllMethods()) {
    if (ServerOf(method) == ROLE_UNSPECIFIED) {
      EXPECT_TRUE(method.name().starts_with("Health.")) << method.name() << ": only Health is served by all roles";
    } else {
      EXPECT_TRUE(Built().contains(ServerOf(method))) << method.name();
    }
  }
}

TEST(Contract, EveryRoleOfTheTableServesAService) {
  for (Role role : Built()) {
    if (role == ROLE_METRICS || role == ROLE_CONSOLE) continue;  // their work arrives on their listening sockets alone
    EXPECT_TRUE(std::any_of(AllMethods().begin(), AllMethods().end(), [role](const Method& m) {
      return ServerOf(m) == role;
    })) << RoleName(role);
  }
}

TEST(Contract, EveryServiceOfProtoIsKnownToTheProgram) {
  std::size_t methods = 0;
  for (const auto& entry : fs::directory_iterator(kSource + "/proto")) {
    std::istringstream file(Text(fs::relative(entry.path(), kSource)));
    for (std::string line; std::getline(file, line);) methods += line.starts_with("  rpc ");
  }
  EXPECT_EQ(AllMethods().size(), methods) << "a method that is written otherwise than one line `  rpc `";
}

TEST(Contract, EveryRoleOfTheEnumIsInTheTableOrKnownAsAnother) {
  for (int i = 0; i < Role_descriptor()->value_count(); ++i) {
    const Role role = static_cast<Role>(Role_descriptor()->value(i)->number());
    if (role == ROLE_UNSPECIFIED || role == ROLE_MASTER || role == ROLE_OPERATOR || kReserved.contains(role)) continue;
    EXPECT_TRUE(Built().contains(role)) << RoleName(role);
  }
}

TEST(Contract, EveryRoleHasAnIdOfItsOwn) {
  std::map<std::uint32_t, Role> owners;
  for (int i = 0; i < Role_descriptor()->value_count(); ++i) {
    const Role role = static_cast<Role>(Role_descriptor()->value(i)->number());
    if (role == ROLE_UNSPECIFIED || role == ROLE_OPERATOR) continue;
    EXPECT_GE(RoleId(role), 1u) << RoleName(role) << ": no role_id in proto/options.proto";
    EXPECT_LT(RoleId(role), kRoleIds) << RoleName(role);
    const auto [owner, fresh] = owners.emplace(RoleId(role), role);
    EXPECT_TRUE(fresh) << RoleName(role) << " has the id of " << RoleName(owner->second);
  }
}

TEST(Contract, EveryMethodSaysWhoMayCallIt) {
  for (const Method& method : AllMethods()) {
    EXPECT_NE(method.callers, 0u) << method.name();
    EXPECT_FALSE(method.permits(ROLE_UNSPECIFIED)) << method.name();
    EXPECT_FALSE(ServerOf(method) != ROLE_UNSPECIFIED && method.permits(ServerOf(method)))
        << method.name() << " may be called by the role that serves it";
  }
}

TEST(Contract, MasterCallsNobodyButLogger) {
  for (const Method& method : AllMethods()) {
    EXPECT_TRUE(!method.permits(ROLE_MASTER) || method.name() == "Logger.Write") << method.name();
    EXPECT_TRUE(!method.permits(ROLE_OPERATOR) || ServerOf(method) == ROLE_ADMIN) << method.name();
  }
}

// An act of the operator is recorded in the audit log before it is carried out. The other methods of Admin only read, or
// are a part of an act that was recorded.
TEST(Contract, EachMethodOfAdminIsRecordedOrOnlyReads) {
  const std::set<std::string> not_recorded = {
      "Admin.Authenticate",  // a line control-opened, or an alarm control-refused, is in the audit log
      "Admin.Status",        "Admin.Log",         "Admin.SealedEnds",   "Admin.VerifyBank",    "Admin.ProfileDenials",
      "Admin.ShowProfile",   "Admin.JournalHead", "Admin.JournalProof", "Admin.Configuration", "Admin.ListCertificates",
      "Admin.ReleaseStores",  // the end of the act that HoldStores has recorded
      "Admin.OpenConsole",    // a line console-opened, or an alarm console-refused, is in the audit log
      "Admin.ShowConsole",   "Admin.CloseConsole"};
  for (const Method& method : AllMethods()) {
    const bool recorded = method.descriptor->options().GetExtension(is_recorded);
    if (ServerOf(method) == ROLE_ADMIN) {
      EXPECT_NE(recorded, not_recorded.contains(method.name())) << method.name();
    } else {
      EXPECT_FALSE(recorded) << method.name() << ": only methods of Admin are recorded";
    }
  }
}

TEST(Contract, LoggerCallsNobody) {
  for (const Method& method : AllMethods()) EXPECT_FALSE(method.permits(ROLE_LOGGER)) << method.name();
}

TEST(Contract, DescriptorsTravelWithSixMethodsAlone) {
  using Kinds = std::vector<DescriptorKind>;
  const std::map<std::string, Kinds> in = {{"App.Serve", {DESCRIPTOR_SOCKET}},
                                           {"Login.Serve", {DESCRIPTOR_SOCKET}},
                                           {"Dispatcher.Accept", {DESCRIPTOR_SOCKET}}};
  const std::map<std::string, Kinds> out = {{"Static.Open", {DESCRIPTOR_FILE, DESCRIPTOR_FILE}},
                                            {"Sandbox.Begin", {DESCRIPTOR_SOCKET, DESCRIPTOR_PIPE, DESCRIPTOR_PIPE}},
                                            {"Sandbox.Wait", {DESCRIPTOR_FILE}}};
  const auto of = [](const auto& kinds, const std::string& name) {
    const auto found = kinds.find(name);
    return found == kinds.end() ? Kinds() : found->second;
  };
  for (const Method& method : AllMethods()) {
    EXPECT_EQ(method.request_fds, of(in, method.name())) << method.name();
    EXPECT_EQ(method.reply_fds, of(out, method.name())) << method.name();
  }
}

bool TakesPassword(const Method& method) { return method.descriptor->options().GetExtension(takes_password); }

// A password travels in a frame's secret, so the comment of its method lists it ("Secret in"). This returns the names of
// the methods whose comment does so. A comment may be that of several methods that follow it.
std::set<std::string> MethodsWhoseCommentsListAPassword() {
  std::set<std::string> methods;
  for (const auto& entry : fs::directory_iterator(kSource + "/proto")) {
    std::istringstream file(Text(fs::relative(entry.path(), kSource)));
    std::string service, comment;
    bool in_comment = false;
    for (std::string line; std::getline(file, line);) {
      std::smatch found;
      if (std::regex_search(line, found, std::regex("^service (\\w+) "))) service = found[1];
      if (line.starts_with("  // ")) {
        comment = in_comment ? comment + line.substr(4) : line.substr(4);
        in_comment = true;
        continue;
      }
      in_comment = false;
      if (!std::regex_search(line, found, std::regex("^  rpc (\\w+)\\("))) continue;
      static const std::regex listed("Secret in: [^.]*password");
      if (std::regex_search(comment, listed)) methods.insert(service + "." + found[1].str());
    }
  }
  return methods;
}

TEST(Contract, EachMethodThatTakesAPasswordSaysSoInItsOptions) {
  std::set<std::string> marked;
  for (const Method& method : AllMethods()) {
    if (TakesPassword(method)) marked.insert(method.name());
  }
  EXPECT_EQ(marked, MethodsWhoseCommentsListAPassword());
  EXPECT_EQ(marked, (std::set<std::string>{"Auth.Register", "Auth.Login", "Auth.Claim", "Auth.ChangePassword",
                                           "Auth.CloseOwn", "Auth.BeginPasskey"}));
}

TEST(Contract, PasswordsGoFromLoginToAuthAndNoOtherWay) {
  for (const Method& method : AllMethods()) {
    if (!TakesPassword(method)) continue;
    EXPECT_EQ(ServerOf(method), ROLE_AUTH) << method.name();
    EXPECT_EQ(method.callers, 1u << ROLE_LOGIN) << method.name();
  }
}

TEST(Contract, NoMethodThatAppMayCallTakesAPassword) {
  std::size_t calls = 0;
  for (const Method& method : AllMethods()) {
    if (!method.permits(ROLE_APP)) continue;
    ++calls;
    EXPECT_FALSE(TakesPassword(method)) << method.name();
  }
  EXPECT_GT(calls, 10u);
}

// Every path that a form or script of the site sends a password to is a route of login. The operator's page is not of the
// site: it has a listener of its own, and takes no member's password.
TEST(Contract, EveryFormWithAPasswordIsSentToLogin) {
  const auto routes = FindRole(ROLE_LOGIN)->default_routes;
  const auto is_login = [&](const std::string& path) { return std::ranges::find(routes, path) != routes.end(); };
  std::size_t forms = 0;
  for (const auto& entry : fs::directory_iterator(kSource + "/web/templates")) {
    const std::string text = Text(fs::relative(entry.path(), kSource));
    for (std::size_t at = 0; (at = text.find("<form ", at)) != text.npos; ++at) {
      const std::string form = text.substr(at, text.find("</form>", at) - at);
      if (form.find("type=\"password\"") == form.npos || entry.path().filename() == "console_sign_in.tpl") continue;
      ++forms;
      const std::size_t action = form.find("action=\"") + 8;
      const std::string path = form.substr(action, form.find('"', action) - action);
      EXPECT_TRUE(is_login(path)) << entry.path() << ": " << path;
    }
  }
  EXPECT_EQ(forms, 5u) << "the login, the registration, a new password, closing an account, and a new passkey";
  for (const char* name : {"strength", "passkeys"}) {
    const std::string script = Text("web/root/zoobar/media/" + std::string(name) + ".js");
    static const std::regex fetched(R"re(fetch\("([^"]*)")re");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(script, found, fetched));
    EXPECT_TRUE(is_login(found[1])) << found[1];
  }
}

TEST(Contract, OnlyProfileHasProgramsRunAndSandboxCallsNobody) {
  for (const Method& method : AllMethods()) {
    EXPECT_TRUE(!method.permits(ROLE_SANDBOX) || ServerOf(method) == ROLE_LOGGER) << method.name();
    if (ServerOf(method) != ROLE_SANDBOX) continue;
    for (Role role : Built())
      EXPECT_TRUE(role == ROLE_PROFILE || role == ROLE_ADMIN || !method.permits(role)) << method.name();
  }
}

TEST(Contract, EveryRoleMayWriteToLogger) {
  const auto write = std::find_if(AllMethods().begin(), AllMethods().end(),
                                  [](const Method& m) { return m.name() == "Logger.Write"; });
  ASSERT_NE(write, AllMethods().end());
  for (Role role : Built()) EXPECT_TRUE(role == ROLE_LOGGER || write->permits(role)) << RoleName(role);
}

TEST(Contract, EveryGrantHasAReason) {
  for (const RoleSpec* spec : AllRoles()) {
    std::set<Calls> seen;
    EXPECT_FALSE(spec->privileges.calls.empty()) << RoleName(spec->role);
    for (const CallGrant& grant : spec->privileges.calls) {
      EXPECT_GE(grant.why.size(), 10u) << RoleName(spec->role);
      EXPECT_TRUE(seen.insert(grant.calls).second) << RoleName(spec->role) << ": this group of calls is granted twice";
      EXPECT_FALSE(CallsOf(grant.calls).empty()) << RoleName(spec->role);
    }
    for (const FolderGrant& grant : spec->privileges.folders) EXPECT_FALSE(grant.why.empty()) << RoleName(spec->role);
  }
}

TEST(Contract, SeveralInstancesOnlyWhereTheDesignSays) {
  const std::set<Role> several = {ROLE_DISPATCHER, ROLE_STATIC, ROLE_APP, ROLE_LOGIN, ROLE_SANITIZER, ROLE_EDGE};
  for (const RoleSpec* spec : AllRoles())
    EXPECT_EQ(spec->several_instances, several.contains(spec->role)) << RoleName(spec->role);
}

TEST(Contract, EveryRoleHasItsRowInTheTrustTable) {
  const auto rows = TrustTable();
  for (Role role : Built()) EXPECT_TRUE(rows.contains(std::string(RoleName(role)))) << RoleName(role);
  for (const auto& [name, cells] : rows) {
    const Role role = RoleByName(name);
    EXPECT_TRUE(role == ROLE_MASTER || Built().contains(role)) << name;
    for (const std::string& cell : cells) EXPECT_FALSE(cell.empty()) << name;
  }
}

TEST(Contract, TheIdsInTheDocumentsAreTheDefaults) {
  const std::string config = Text("config/zoobar.textproto");
  const std::string page = Text("docs/roles.md");
  std::set<std::string> ids;
  for (const auto& [name, cells] : TrustTable()) {
    const std::string& id = cells[0];
    EXPECT_TRUE(ids.insert(id).second) << id << " twice";
    EXPECT_TRUE(std::regex_search(page, std::regex("\n    " + id + " +\\d+ zoobar: " + name + "\n")))
        << name << " in the ps listing";
    if (name == "master") continue;
    EXPECT_NE(config.find("# role { name: \"" + name + "\" uid: " + id + " gid: " + id), std::string::npos)
        << name << " in config";
  }
}

TEST(Contract, EveryRolesHeaderSaysWhatItIs) {
  std::set<std::string> names = {"master"};
  for (Role role : Built()) names.emplace(RoleName(role));
  for (const std::string& name : names) {
    const auto parts = HeaderComment(name);
    for (const char* part : {"Role", "Called by", "Calls", "Holds", "If compromised", "Known limits"}) {
      EXPECT_TRUE(parts.contains(part) && parts.at(part).size() > 3) << "src/roles/" << name << ".h: " << part;
    }
  }
}

// Does not count Health, which every role serves for admin, and which the headers do not repeat.
std::set<Role> CallersOf(Role role) {
  std::set<Role> callers;
  for (const Method& method : AllMethods()) {
    if (ServerOf(method) != role) continue;
    for (Role caller : Built()) {
      if (method.permits(caller)) callers.insert(caller);
    }
  }
  return callers;
}

TEST(Contract, CalledByNamesExactlyTheRolesThatProtoLists) {
  for (Role role : Built()) {
    if (role == ROLE_LOGGER) continue;
    const auto parts = HeaderComment(std::string(RoleName(role)));
    if (!parts.contains("Called by")) continue;  // another test complains
    std::set<Role> named = RolesNamed(parts.at("Called by"));
    named.erase(role);
    if (role == ROLE_ADMIN) named.erase(ROLE_OPERATOR);
    EXPECT_EQ(named, CallersOf(role)) << "src/roles/" << RoleName(role) << ".h";
  }
}

TEST(Contract, CallsNamesExactlyTheRolesThatProtoLists) {
  for (Role role : Built()) {
    if (role == ROLE_LOGGER || role == ROLE_ADMIN) continue;
    const auto parts = HeaderComment(std::string(RoleName(role)));
    if (!parts.contains("Calls")) continue;
    std::set<Role> called;
    for (Role server : Built()) {
      if (server != ROLE_LOGGER && CallersOf(server).contains(role)) called.insert(server);
    }
    // Every role writes to logger. What counts is a call that logger answers.
    for (const Method& method : AllMethods()) {
      if (ServerOf(method) == ROLE_LOGGER && !method.one_way && method.permits(role)) called.insert(ROLE_LOGGER);
    }
    EXPECT_EQ(RolesNamed(parts.at("Calls")), called) << "src/roles/" << RoleName(role) << ".h";
    const auto rows = TrustTable();
    const auto row = rows.find(std::string(RoleName(role)));
    if (row == rows.end()) continue;  // another test complains
    EXPECT_EQ(RolesNamed(row->second[2]), called) << "docs/roles.md, " << RoleName(role);
  }
}

TEST(Contract, EveryRoleHasItsTests) {
  for (Role role : Built()) {
    const std::string name(RoleName(role));
    const bool own = AnyFileHas("test/confinement", Role_Name(role) + ",");
    EXPECT_TRUE(own) << "test/confinement expects nothing of " << name;
    EXPECT_TRUE(fs::exists(kSource + "/test/roles/" + name + "_test.cc")) << name;
  }
}

TEST(Contract, StoresPageNamesEveryTable) {
  const std::string page = Text("docs/stores.md");
  std::size_t tables = 0;
  std::vector<fs::path> files;
  for (const char* room : {"/src/store", "/src/ledger"}) {
    for (const auto& entry : fs::directory_iterator(kSource + room)) files.push_back(entry.path());
  }
  for (const fs::path& path : files) {
    const std::string file = fs::relative(path, kSource);
    const std::string text = Text(file);
    static const std::regex table(R"re(\btable\("([a-z_]+)"\)|kFormatTable = "([a-z_]+)")re");
    for (std::sregex_iterator at(text.begin(), text.end(), table), end; at != end; ++at) {
      ++tables;
      const std::string name = (*at)[1].matched ? (*at)[1] : (*at)[2];
      EXPECT_NE(page.find("| `" + name + "` |"), std::string::npos) << file << ": " << name;
    }
  }
  EXPECT_GE(tables, 20u) << "this test does not find the tables any more";
}

}  // namespace
}  // namespace zoobar
