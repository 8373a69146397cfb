// What anyone may hand to `zoobar verify-statement`: statements, checkpoints, proofs and keys (src/journal). The first
// byte of the input says which.
//   J  a statement as JSON             P  a consistency proof as JSON
//   C  a checkpoint                    K  a public key, and base64
//   F  a true statement, with changes: steps of four bytes
//   O  a statement that its owner has signed: entries of eight bytes
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/expects.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "journal/small_journal.h"
#include "journal/statement_check.h"
#include "journal/statement_text.h"

namespace zoobar::journal {
namespace {

constexpr std::uint64_t kEntries = 40, kOlder = 25;
constexpr const char* kMembers[] = {"alice", "bob", "carol", "dave"};

struct World {
  SmallJournal journal{kEntries};
  SigningKey key{"zoobar-journal-77", Bytes(SigningKey::kSeedBytes, 'k')};
  std::string older = journal.Checkpoint(key, kOlder);
  ConsistencyProof proof = journal.Consistency(kOlder, kEntries);
};
const World& TheWorld() {
  static const World& world = *new World();
  return world;
}

CheckAgainst WithKey() {
  CheckAgainst against;
  against.key = TheWorld().key.open();
  return against;
}

// What a sound statement says must be in the journal: nobody but its holder can sign with the key.
void CheckTrue(const Statement& statement, const Checked& checked) {
  const World& world = TheWorld();
  Require(checked.key_known && checked.checkpoint.size <= kEntries, "a head that the journal has had");
  const auto size = checked.checkpoint.size;
  Require(world.journal.Root(size) == checked.checkpoint.root, "with the root of the journal");
  const auto* member =
      std::ranges::find_if(kMembers, [&](const char* name) { return SmallJournal::IdOf(name) == statement.member(); });
  if (member == std::end(kMembers)) return Require(statement.entries().empty(), "a stranger has no entries");
  const Statement truth = world.journal.StatementOf(*member, world.key, size);
  for (const StatementEntry& entry : statement.entries()) {
    const auto same = std::ranges::find(truth.entries(), entry.number(), &StatementEntry::number);
    Require(same != truth.entries().end() && same->SerializeAsString() == entry.SerializeAsString(),
            "an entry of a sound statement is true");
  }
  if (statement.entries().empty()) return;
  Require(statement.name() == *member, "a sound statement has the member's name");
  Require(checked.last - checked.first + 1 == static_cast<std::uint64_t>(statement.entries_size()),
          "no entry is missing");
  Require(checked.after == statement.entries().rbegin()->balance(), "and the balance is the last one");
}

// Checks a statement that may have any content, with the journal's key and with its own.
void CheckAny(const Statement& statement) {
  const std::string json = StatementJson(statement);
  const Result<Statement> again = ReadStatement(json);
  Require(!again.ok() || StatementJson(*again) == json, "a statement is read as it is written");
  const Result<Checked> known = CheckStatement(statement, WithKey());
  if (known.ok()) CheckTrue(statement, *known);
  if (!known.ok()) Require(!known.error().text.empty(), "an error says why");
  const Result<Checked> own = CheckStatement(statement, {});
  Require(own.ok() || !known.ok(), "a known key makes no statement sound");
  CheckAgainst older = WithKey();
  older.older = Older{TheWorld().older, std::nullopt};
  older.consistency = TheWorld().proof;
  const Result<Checked> continued = CheckStatement(statement, older);
  if (!continued.ok()) return;
  Require(known.ok() && continued->older && continued->older->size == kOlder, "it continues the older one");
  (void)StatementCsv(statement);
}

void CheckJson(std::string_view text) {
  const Result<Statement> statement = ReadStatement(text);
  if (!statement.ok()) return Require(!statement.error().text.empty(), "an error says why");
  Require(StatementJson(*statement) == text, "only the one form is read");
  CheckAny(*statement);
}

void CheckProofJson(std::string_view text) {
  const Result<ConsistencyProof> proof = ReadConsistency(text);
  if (!proof.ok()) return;
  Require(ConsistencyJson(*proof) == text, "only the one form is read");
  const World& world = TheWorld();
  CheckAgainst against = WithKey();
  against.older = Older{world.older, std::nullopt};
  against.consistency = *proof;
  const Result<Checked> checked = CheckStatement(world.journal.StatementOf("bob", world.key, kEntries), against);
  Require(!checked.ok() || std::ranges::equal(proof->proof(), world.proof.proof()), "only the true proof is taken");
}

void CheckCheckpoint(std::string_view text) {
  const SigningKey& key = TheWorld().key;
  const Result<Checkpoint> head = OpenCheckpoint(text, key.open());
  if (!head.ok()) return Require(!head.error().text.empty(), "an error says why");
  Require(text.size() <= kMostCheckpoint && head->origin == key.open().name(), "within the limit, of this journal");
  Require(key.Sign(head->size, head->root, head->time_s) == text, "a checkpoint has one form");
}

void CheckPublicKey(std::string_view text) {
  if (const Result<PublicKey> key = PublicKey::Parse(text); key.ok()) {
    Require(key->Text() == text && text.size() <= kMostKey, "a key has one form");
    Require(key->id().size() == 4 && !key->name().empty() && key->name().size() <= 64, "its id and its name");
  }
  if (const Result<std::string> bytes = FromBase64(text); bytes.ok())
    Require(ToBase64(*bytes) == text, "base64 has one form");
  const Result<std::string> round = FromBase64(ToBase64(text));
  Require(round.ok() && *round == text, "base64 is read as it is written");
}

// Changes one field of the message. Fields are chosen by their place in the message.
void Change(google::protobuf::Message& message, unsigned which, unsigned how, unsigned value) {
  using google::protobuf::FieldDescriptor;
  const auto* type = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  const FieldDescriptor* field = type->field(static_cast<int>(which) % type->field_count());
  if (field->is_repeated()) {
    const int size = reflection->FieldSize(message, field);
    if (size == 0) return;
    if (how % 4 == 0) return reflection->RemoveLast(&message, field);
    if (how % 4 == 1) return reflection->SwapElements(&message, field, static_cast<int>(value) % size, size - 1);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
    if (how % 4 == 2) return reflection->AddString(&message, field, std::string(kHashBytes, static_cast<char>(value)));
    std::string text = reflection->GetRepeatedString(message, field, static_cast<int>(value) % size);
    if (!text.empty()) text[how % text.size()] = static_cast<char>(text[how % text.size()] ^ 1);
    return reflection->SetRepeatedString(&message, field, static_cast<int>(value) % size, text);
  }
  const std::int64_t delta = how % 2 ? static_cast<std::int64_t>(value) : -static_cast<std::int64_t>(value);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64: {
      const std::uint64_t now = reflection->GetUInt64(message, field);
      return reflection->SetUInt64(&message, field,
                                   how % 8 == 7 ? UINT64_MAX : now + static_cast<std::uint64_t>(delta));
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const auto now = static_cast<std::uint64_t>(how % 8 > 5 ? 0 : reflection->GetInt64(message, field));
      const auto moved = static_cast<std::int64_t>(now + static_cast<std::uint64_t>(delta));
      return reflection->SetInt64(&message, field, how % 8 == 7 ? INT64_MAX : how % 8 == 6 ? INT64_MIN : moved);
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->SetUInt32(&message, field, value % 8);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(&message, field, !reflection->GetBool(message, field));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = reflection->GetString(message, field);
      if (how % 4 == 0) text.clear();
      if (how % 4 == 1) text.append(1, static_cast<char>('a' + value % 26));
      if (how % 4 == 2) text = SmallJournal::IdOf(kMembers[value % 4]);
      if (how % 4 == 3) text = kMembers[value % 4];
      return reflection->SetString(&message, field, text);
    }
    default:
      return;
  }
}

void CheckForged(std::string_view steps) {
  if (steps.size() < 2) return;
  const World& world = TheWorld();
  const auto at = [&steps](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(steps[i])); };
  const std::uint64_t size = 5 + at(1) % (kEntries - 4);
  Statement statement = world.journal.StatementOf(kMembers[at(0) % 4], world.key, size, 1 + at(0) / 4 % 3);
  if (at(0) & 64) *statement.mutable_consistency() = world.journal.Consistency(1 + at(1) % size, size);
  CheckAny(statement);
  for (steps.remove_prefix(2); steps.size() >= 4; steps.remove_prefix(4)) {
    const int entries = statement.entries_size();
    if (entries > 0 && at(0) % 8 != 0) {
      Change(*statement.mutable_entries(static_cast<int>(at(0) / 8) % entries), at(1), at(2), at(3));
    } else if (at(0) & 8 && statement.has_consistency()) {
      Change(*statement.mutable_consistency(), at(1), at(2), at(3));
    } else {
      Change(statement, at(1), at(2), at(3));
    }
  }
  CheckAny(statement);
}

// Somebody who signs with a key of his own can make any tree. The check must still add up.
void CheckOwn(std::string_view steps) {
  static const SigningKey& key = *new SigningKey("own", Bytes(SigningKey::kSeedBytes, 'o'));
  const auto at = [&steps](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(steps[i])); };
  Statement statement;
  statement.set_format(std::string(kStatementFormat));
  statement.set_key(key.open().Text());
  statement.set_member(SmallJournal::IdOf("mallory"));
  statement.set_name("mallory");
  const Hash salt = Sha256("salt"), other = Sha256("other");
  std::vector<Hash> leaves;
  for (; steps.size() >= 8 && leaves.size() < 32; steps.remove_prefix(8)) {
    constexpr const char* kNotes[] = {"", "expired", "closed", "a note", "withdrawn", "declined"};
    StatementEntry& entry = *statement.add_entries();
    const bool receives = at(0) & 8, opens = at(0) % 8 == kKindMint;
    entry.set_number(leaves.size() + 1);
    entry.set_kind(at(0) % 8);
    entry.set_by_program(at(0) & 16);
    entry.set_zoobars(at(1) == 255 ? INT64_MAX : at(1));
    entry.set_ordinal(at(2) == 255 ? UINT64_MAX : at(2));
    entry.set_balance(at(3) == 255 ? INT64_MAX - at(4) : static_cast<std::int64_t>(at(3) * 256 + at(4)));
    entry.set_about(at(5));
    entry.set_note(kNotes[at(6) % std::size(kNotes)]);
    entry.set_expires_ms(at(6) / 8);
    entry.set_time_ms(at(7) == 255 ? INT64_MIN : at(7));
    const std::string them = SmallJournal::IdOf("victim");
    if (!opens) entry.set_sender(receives ? them : statement.member());
    entry.set_recipient(receives || opens ? statement.member() : them);
    entry.set_salt(salt.text());
    if (!opens) entry.set_other_side(other.text());
    entry.set_stored(other.text());
    const Hash own = Side{salt, entry.ordinal(), entry.balance()}.hash();
    const bool to_us = entry.recipient() == statement.member();
    leaves.push_back(LeafOf({.number = entry.number(),
                             .kind = entry.kind(),
                             .time_ms = entry.time_ms(),
                             .zoobars = entry.zoobars(),
                             .by_program = entry.by_program(),
                             .sender = entry.sender(),
                             .sender_name = "",
                             .recipient = entry.recipient(),
                             .recipient_name = "",
                             .sender_side = to_us ? (opens ? Hash() : other) : own,
                             .recipient_side = to_us ? own : other,
                             .stored = other,
                             .about = entry.about(),
                             .expires_ms = entry.expires_ms(),
                             .note = entry.note()}));
  }
  const std::function<Hash(unsigned, std::uint64_t)> subtrees = [&](unsigned level, std::uint64_t index) {
    return level == 0 ? leaves[index] : NodeHash(subtrees(level - 1, 2 * index), subtrees(level - 1, 2 * index + 1));
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    for (const Hash& hash : ProveInclusion(i, leaves.size(), subtrees))
      statement.mutable_entries(static_cast<int>(i))->add_proof(hash.text());
  }
  statement.set_checkpoint(key.Sign(leaves.size(), RootOf(leaves.size(), subtrees), 1));
  (void)StatementCsv(statement);
  const Result<Checked> checked = CheckStatement(statement, {});
  if (!checked.ok()) return Require(checked.error().text.find("root") == std::string::npos, "its proofs are right");
  std::int64_t balance = checked->before;
  for (const StatementEntry& entry : statement.entries()) {
    balance += ChangeOf(entry.kind(), entry.recipient() == statement.member(), entry.zoobars());
    Require(balance == entry.balance() && balance >= 0, "each balance follows from the one before");
  }
  Require(balance == checked->after, "to the last one");
  const std::uint64_t count = checked->last - checked->first + 1;
  Require(leaves.empty() || checked->first == 0 || count == leaves.size(), "no entry is missing");
}

}  // namespace
}  // namespace zoobar::journal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  using namespace zoobar::journal;
  if (size == 0) return 0;
  const std::string_view text = InputText(data + 1, size - 1);
  switch (data[0]) {
    case 'J':
      CheckJson(text);
      break;
    case 'P':
      CheckProofJson(text);
      break;
    case 'C':
      CheckCheckpoint(text);
      break;
    case 'K':
      CheckPublicKey(text);
      break;
    case 'F':
      CheckForged(text);
      break;
    default:
      CheckOwn(text);
  }
  return 0;
}
