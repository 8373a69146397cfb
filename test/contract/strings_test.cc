// All `string` fields of all messages: where their bytes come from, and which code has checked that they are UTF-8. A
// receiver cannot parse a `string` that is not UTF-8, and takes it for misbehaviour. So bytes from outside (the
// network, a form, a member's program, the name of a file) travel as `bytes` until they are checked.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "config.pb.h"
#include "ipc/channel.h"
#include "master.pb.h"
#include "stored.pb.h"
#include "stored_credentials.pb.h"

namespace zoobar {
namespace {

struct Origin {
  const char* from;     // where the bytes come from
  const char* checked;  // the code that checks them, or why there is nothing to check
};

const char kName[] = "a member's name, as it stands in auth's store";
const char kNormalised[] = "auth: NormalisedName, when the member registered";
const char kAddress[] = "the connection, or a trusted proxy's field";
const char kAddressText[] = "written by IpAddress::Text: digits, letters, '.' and ':'";
const char kOurs[] = "the program's own words";
const char kNote[] = "a member's form, or the operator's reason";
const char kNoteChecked[] = "app: IsUtf8; ctl: IsUtf8";
const char kConstant[] = "a constant of the source";
const char kOperator[] = "the configuration or the command line";
const char kCertificateText[] = "admin: AsAscii replaces what is not printable ASCII";
const char kTextFormat[] = "CompleteConfig: CheckUtf8 and CheckSendable";

const std::map<std::string, Origin> kStrings = {
    {"CertificateReport.names", {"a certificate", kCertificateText}},
    {"CertificateReport.issuer", {"a certificate", kCertificateText}},
    {"CertificateReport.key_id", {kOurs, "hexadecimal digits"}},
    {"InstallCertificateReply.refused", {"the role keys", kCertificateText}},
    {"StatusReply.version", {kOurs, kConstant}},
    {"SealedAnswer.refused", {kOurs, "OperatorActs::Accept: constants and numbers"}},
    {"OperatorAnswer.refused", {kOurs, "constants, numbers, and names that NormalisedName has passed"}},
    {"CorrectEntry.reason", {kOperator, "ctl: IsUtf8"}},
    {"CorrectionAnswer.from", {kName, kNormalised}},
    {"CorrectionAnswer.to", {kName, kNormalised}},
    {"MemberSummary.name", {kName, kNormalised}},
    {"MembersAnswer.next", {kName, kNormalised}},
    {"PasswordsAnswer.Given.name", {kName, kNormalised}},
    {"DoneAnswer.name", {kName, kNormalised}},
    {"AccountsAnswer.Account.name", {kName, kNormalised}},
    {"GivenPasswords.Given.name", {kOperator, "ctl: Printable"}},
    {"GivenPasswords.Given.password", {kOurs, "FreshOneTimePassword: letters, digits and '-'"}},
    {"GivenPasswords.Given.refused", {kOurs, kConstant}},
    {"CloseOwnRequest.address", {kAddress, kAddressText}},
    {"CloseOwnReply.name", {kName, kNormalised}},
    {"PasskeyLoginRequest.address", {kAddress, kAddressText}},
    {"BeginPasskeyRequest.address", {kAddress, kAddressText}},
    {"BeginPasskeyReply.name", {kName, kNormalised}},
    {"AddPasskeyRequest.address", {kAddress, kAddressText}},
    {"AddPasskeyReply.name", {kName, kNormalised}},
    {"PasskeysReply.Passkey.label", {"what a member calls a passkey", "auth: NormalisedName, when it was added"}},
    {"RemovePasskeyReply.label", {"what a member calls a passkey", "auth: NormalisedName, when it was added"}},
    {"StoredPasskey.label", {"what a member calls a passkey", "auth: NormalisedName, when it was added"}},
    {"Config.Passkeys.origin", {kOperator, kTextFormat}},
    {"MemberData.name", {kName, kNormalised}},
    {"MemberData.profile", {"what the member saved", "app: MendUtf8"}},
    {"MemberExport.name", {kName, kNormalised}},
    {"CheckedConfig.site", {kOperator, kTextFormat}},
    {"CheckedConfig.not_compared", {kOurs, "ctl: Printable"}},
    {"CheckedConfig.warnings", {"the files that the configuration names", "ctl: Printable"}},
    {"CheckedConfig.Change.field", {"names of fields and roles", kConstant}},
    {"CheckedConfig.Change.before", {kOperator, "protobuf's text format escapes what is not ASCII"}},
    {"CheckedConfig.Change.after", {kOperator, "protobuf's text format escapes what is not ASCII"}},
    {"Config.Metrics.address", {kOperator, kTextFormat}},
    {"Config.Console.address", {kOperator, kTextFormat}},
    {"ReportReply.Route.route", {"the role's table of pages", kConstant}},
    {"ConfigOrigin.sets", {kOperator, kTextFormat}},
    {"ConfigOrigin.listens", {kOperator, "ParseListen takes only ASCII"}},
    {"ConfigOrigin.state_dir", {kOperator, kTextFormat}},
    {"MemberExport.profile", {"what a member saved", "ctl: MendUtf8"}},
    {"HoldStoresReply.Store.role", {kOurs, "RoleName"}},
    {"ReloadReply.refused", {"the configuration, by the master", kCertificateText}},
    {"RestartEnded.refused", {kOurs, "the master: constants, numbers, and what the kernel says of a start"}},
    {"ProgramTaken.refused", {kOurs, "the master: constants, and the names of the program's folder and file"}},
    {"UpgradeReply.refused", {"ProgramTaken, from the master", kCertificateText}},
    {"Upgraded.longest", {kOurs, "RoleName and a number"}},
    {"RestartRoleReply.refused", {"RestartEnded, from the master", kCertificateText}},
    {"BackupManifest.zoobar", {kOurs, kConstant}},
    {"BackupManifest.Store.role", {"the file of a backup", "Contents::BeginStore: one of kStores"}},
    {"BackupManifest.Table.name", {"the store that is copied", "Contents::BeginTable: IsTableName"}},
    {"BackupSums.faults", {kOurs, "Contents: numbers and hexadecimal ids between constants"}},
    {"ServeRequest.address", {kAddress, kAddressText}},
    {"Act.Offer.note", {kNote, kNoteChecked}},
    {"TicketBody.name", {kName, kNormalised}},
    {"TicketBody.method", {kOurs, kConstant}},
    {"RegisterRequest.address", {kAddress, kAddressText}},
    {"LoginRequest.address", {kAddress, kAddressText}},
    {"LoginReply.name", {kName, kNormalised}},
    {"CheckReply.Granted.owner_name", {kName, kNormalised}},
    {"CheckReply.name", {kName, kNormalised}},
    {"CheckReply.found_name", {kName, kNormalised}},
    {"ChangePasswordRequest.address", {kAddress, kAddressText}},
    {"SessionsReply.Session.address", {kAddress, kAddressText}},
    {"MembersReply.Member.name", {kName, kNormalised}},
    {"JournalReply.Entry.sender", {kName, kNormalised}},
    {"JournalReply.Entry.recipient", {kName, kNormalised}},
    {"JournalReply.Entry.note", {kNote, kNoteChecked}},
    {"OfferRequest.note", {kNote, kNoteChecked}},
    {"OffersReply.Offer.other", {kName, kNormalised}},
    {"OffersReply.Offer.note", {kNote, kNoteChecked}},
    {"StatementReply.name", {kName, kNormalised}},
    {"StatementEntry.sender_name", {kName, kNormalised}},
    {"StatementEntry.recipient_name", {kName, kNormalised}},
    {"StatementEntry.note", {kNote, kNoteChecked}},
    {"Statement.format", {kOurs, kConstant}},
    {"Statement.key", {"notary", "PublicKey::Text: ASCII"}},
    {"Statement.checkpoint", {"notary", "SigningKey::Sign: constants, numbers and base64"}},
    {"Statement.name", {kName, kNormalised}},
    {"CheckpointReply.key", {kOurs, "PublicKey::Text: ASCII"}},
    {"CheckpointReply.checkpoint", {kOurs, "SigningKey::Sign: constants, numbers and base64"}},
    {"VerifyReply.faults", {kOurs, "bank: numbers and hexadecimal ids between constants"}},
    {"Config.Listen.address", {kOperator, kTextFormat}},
    {"Config.Tls.certificate", {kOperator, kTextFormat}},
    {"Config.Tls.key", {kOperator, kTextFormat}},
    {"Config.RoleConfig.name", {kOperator, kTextFormat}},
    {"Config.RoleConfig.route", {kOperator, kTextFormat}},
    {"Config.Profile.scratch", {kOperator, kTextFormat}},
    {"Config.Auth.reserved_names", {kOperator, kTextFormat}},
    {"Config.Profile.packages", {kOperator, kTextFormat}},
    {"Config.state_dir", {kOperator, kTextFormat}},
    {"Config.Tasks.file", {kOperator, kTextFormat}},
    {"CourseTask.id", {kOperator, kTextFormat}},
    {"CourseTask.title", {kOperator, kTextFormat}},
    {"CourseTask.text", {kOperator, kTextFormat}},
    {"CourseTask.hint", {kOperator, kTextFormat}},
    {"TaskTrace.role", {kOperator, kTextFormat}},
    {"TaskTrace.event", {kOperator, kTextFormat}},
    {"TaskTrace.request", {kOperator, kTextFormat}},
    {"TaskTrace.member", {kOperator, kTextFormat}},
    {"TaskTrace.Field.name", {kOperator, kTextFormat}},
    {"TaskTrace.Field.value", {kOperator, kTextFormat}},
    {"ProgressRequest.member", {kName, kNormalised}},
    {"ProgressReply.Done.task", {"the configuration", "course: IsTaskId"}},
    {"ProgressReply.Row.member", {"a line of a log, from logger", "course: IsUtf8"}},
    {"DeedsReply.Deed.task", {"the configuration", "CompleteTasks: IsTaskId"}},
    {"Config.web_root", {kOperator, kTextFormat}},
    {"Config.trusted_proxies", {kOperator, kTextFormat}},
    {"ReportReply.Counter.name", {kOurs, kConstant}},
    {"SetIndexRequest.name", {kName, kNormalised}},
    {"CheckIndexRequest.address", {kAddress, kAddressText}},
    {"AcceptRequest.address", {kAddress, kAddressText}},
    {"InstallReply.refused", {kOurs, "keys: constants, numbers, and text of libcrypto, ASCII"}},
    {"WriteRequest.Field.key", {kOurs, kConstant}},
    {"WriteRequest.event", {kOurs, kConstant}},
    {"AccessRequest.Entry.address", {kAddress, kAddressText}},
    {"MoneyRequest.Entry.note", {"the operator's reason, or a constant", "ctl: IsUtf8"}},
    {"RecordRequest.act", {kOurs, kConstant}},
    {"RecordRequest.uid", {"the kernel, or ctl", "ControlConnections::UidOf: digits and a constant"}},
    {"RecordRequest.of", {"logger", "RecordId::Text: digits and '.'"}},
    {"RecordRequest.ended", {kOurs, "admin: constants, AsAscii, and texts of Channel"}},
    {"RecordReply.id", {kOurs, "RecordId::Text: digits and '.'"}},
    {"RecordReply.why", {kOurs, kConstant}},
    {"SealedEndsReply.End.log", {kOurs, kConstant}},
    {"SealedEndsReply.End.id", {kOurs, "RecordId::Text: digits and '.'"}},
    {"SealedEndsReply.End.mac", {kOurs, "hexadecimal digits"}},
    {"Seal.log", {kOurs, kConstant}},
    {"Seal.found", {"a sealed log", "RecordId::Parse and Text: digits and '.'"}},
    {"Seal.found_mac", {"a sealed log", "MacOfHex and HexOf: hexadecimal digits"}},
    {"Seal.noted", {"STATE/audit/note", "RecordId::Parse and Text: digits and '.'"}},
    {"ShowConsoleReply.alarms", {"the logs", "logger: JsonString replaces what is not UTF-8"}},
    {"ShowConsoleReply.programs", {"the logs", "logger: JsonString replaces what is not UTF-8"}},
    {"RecentReply.lines", {"the logs", "logger: JsonString replaces what is not UTF-8"}},
    {"Start.passed", {kOurs, kConstant}},
    {"Start.operator_hash", {"libargon2", "a PHC string, ASCII"}},
    {"Start.version", {kOurs, kConstant}},
    {"LogFile.name", {kOurs, kConstant}},
    {"Roster.Entry.state", {kOurs, kConstant}},
    {"Roster.Entry.last_end", {kOurs, "master: constants, numbers and names of roles"}},
    {"ShowRequest.owner_name", {kName, kNormalised}},
    {"ProgramDenial.visitor", {kName, kNormalised}},
    {"ProgramDenial.call", {"the number of a system call", "sandbox: a name of its table, or digits"}},
    {"OwnReply.failed_visitor", {kName, kNormalised}},
    {"WaitReply.Denial.call", {"the number of a system call", "sandbox: a name of its table, or digits"}},
    {"StoredFormat.kind", {kOurs, kConstant}},
    {"StoredBankAccount.name", {kName, kNormalised}},
    {"StoredEntry.sender_name", {kName, kNormalised}},
    {"StoredEntry.recipient_name", {kName, kNormalised}},
    {"StoredEntry.note", {kNote, kNoteChecked}},
    {"StoredHead.checkpoint", {kOurs, "SigningKey::Sign: constants, numbers and base64"}},
    {"StoredProfile.name", {kName, kNormalised}},
    {"StoredProgram.Denial.visitor", {kName, kNormalised}},
    {"StoredProgram.Denial.call", {"the number of a system call", "sandbox: a name of its table, or digits"}},
    {"StoredProgram.failed_visitor", {kName, kNormalised}},
    {"StoredProgram.name", {kName, kNormalised}},
    {"StoredOffences.calls", {"the number of a system call", "sandbox: a name of its table, or digits"}},
    {"StoredMember.name", {kName, kNormalised}},
    {"StoredVisit.name", {kName, kNormalised}},
    {"StoredIndex.name", {kName, kNormalised}},
    {"StoredAccount.Password.salted", {"libargon2", "a PHC string, ASCII"}},
    {"StoredAccount.Password.rehashed", {"libargon2", "PHC strings, ASCII"}},
    {"StoredAccount.name", {kName, kNormalised}},
    {"StoredSession.address", {kAddress, kAddressText}},
};

void Collect(const google::protobuf::Descriptor* type, std::map<std::string, const char*>& found) {
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) continue;
    found.emplace(field->full_name().substr(std::string("zoobar.").size()), "");
  }
  for (int i = 0; i < type->nested_type_count(); ++i) Collect(type->nested_type(i), found);
}

TEST(Contract, EveryStringFieldSaysWhereItsBytesComeFromAndWhoCheckedThem) {
  ASSERT_FALSE(AllMethods().empty());
  // These are named so that the linker keeps the files that no method needs.
  for (const auto* type :
       {StoredFormat::descriptor(), StoredSession::descriptor(), Config::descriptor(), Start::descriptor()}) {
    ASSERT_NE(type, nullptr);
  }
  std::map<std::string, const char*> found;
  for (const auto& entry : std::filesystem::directory_iterator(ZOOBAR_SOURCE_DIR "/proto")) {
    if (entry.path().extension() != ".proto") continue;
    const auto* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(entry.path().filename().string());
    ASSERT_NE(file, nullptr) << entry.path();
    for (int i = 0; i < file->message_type_count(); ++i) Collect(file->message_type(i), found);
  }
  for (const auto& [name, nothing] : found) {
    EXPECT_TRUE(kStrings.contains(name)) << name << " is a `string`. If its bytes are checked, say in this test where; "
                                         << "if not, make it `bytes`";
  }
  for (const auto& [name, origin] : kStrings) {
    EXPECT_TRUE(found.contains(name)) << name << " is not a `string` any more";
    EXPECT_GT(std::string(origin.from).size(), 5u) << name;
    EXPECT_GT(std::string(origin.checked).size(), 5u) << name;
  }
}

}  // namespace
}  // namespace zoobar
