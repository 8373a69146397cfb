#include "journal/statement_text.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "ipc/try.h"
#include "journal/checkpoint.h"
#include "journal/entry.h"
#include "journal/entry_words.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar::journal {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (c == '\n') {
      quoted.append("\\n");
    } else if (byte < ' ' || byte == 0x7f) {
      fmt::format_to(std::back_inserter(quoted), "\\u{:04x}", byte);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

// Writes the fields of one object, each on a line of its own. Fields with the value 0, false or empty are left out, as
// protobuf does.
class Object {
 public:
  Object(std::string& to, std::size_t indent) : to_(to), indent_(indent) { to_.push_back('{'); }
  void Text(std::string_view name, std::string_view value) {
    if (!value.empty()) Raw(name, Quoted(value));
  }
  void Raw(std::string_view name, std::string_view json) {
    Begin(name);
    to_.append(json);
  }
  template <typename Number>
  void Number64(std::string_view name, Number value) {
    if (value != 0) Raw(name, fmt::format("\"{}\"", value));
  }
  void Base64(std::string_view name, std::string_view bytes) {
    if (!bytes.empty()) Raw(name, fmt::format("\"{}\"", ToBase64(bytes)));
  }
  void True(std::string_view name, bool value) {
    if (value) Raw(name, "true");
  }
  template <typename Hashes>
  void Proof(std::string_view name, const Hashes& hashes) {
    if (hashes.empty()) return;
    Begin(name);
    char before = '[';
    for (const std::string& hash : hashes) {
      to_.append(1, before).append(1, '"').append(ToBase64(hash)).append(1, '"');
      before = ',';
    }
    to_.push_back(']');
  }
  void Begin(std::string_view name) {
    to_.append(first_ ? "\n" : ",\n").append(indent_ + 1, ' ').append(1, '"').append(name).append("\": ");
    first_ = false;
  }
  void End() {
    if (!first_) to_.append(1, '\n').append(indent_, ' ');
    to_.push_back('}');
  }

 private:
  std::string& to_;
  const std::size_t indent_;
  bool first_ = true;
};

void Append(std::string& to, const StatementEntry& entry) {
  Object object(to, 2);
  object.Number64("number", entry.number());
  object.Number64("time_ms", entry.time_ms());
  if (entry.kind() != 0) object.Raw("kind", fmt::format("{}", entry.kind()));
  object.Base64("sender", entry.sender());
  object.Text("sender_name", entry.sender_name());
  object.Base64("recipient", entry.recipient());
  object.Text("recipient_name", entry.recipient_name());
  object.Number64("zoobars", entry.zoobars());
  object.True("by_program", entry.by_program());
  object.Number64("ordinal", entry.ordinal());
  object.Number64("balance", entry.balance());
  object.Base64("salt", entry.salt());
  object.Base64("other_side", entry.other_side());
  object.Base64("stored", entry.stored());
  object.Proof("proof", entry.proof());
  object.Number64("about", entry.about());
  object.Text("note", entry.note());
  object.Number64("expires_ms", entry.expires_ms());
  object.End();
}

void Append(std::string& to, const ConsistencyProof& proof, std::size_t indent) {
  Object object(to, indent);
  object.Number64("old_size", proof.old_size());
  object.Number64("size", proof.size());
  object.Base64("old_root", proof.old_root());
  object.Proof("proof", proof.proof());
  object.End();
}

// Parses `json`, and returns an Error unless `write` makes the same text of the result.
template <typename Message, typename Write>
Result<Message> Read(std::string_view json, std::string_view what, Write write) {
  if (json.size() > kMostStatementBytes) return Error::Of("the {} has more than {} bytes", what, kMostStatementBytes);
  if (!IsUtf8(json)) return Error::Of("this is no {}: it is not UTF-8", what);
  Message message;
  const auto parsed = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message);
  if (!parsed.ok()) return Error::Of("this is no {}, or it is damaged: its JSON cannot be read", what);
  const std::string same = write(message);
  if (same != json) {
    const auto [ours, theirs] = std::mismatch(same.begin(), same.end(), json.begin(), json.end());
    return Error::Of("the {} is not as zoobar writes it, from byte {} on", what, ours - same.begin());
  }
  return message;
}

// One cell of CSV.
std::string Cell(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  std::string cell;
  cell.reserve(text.size() + 3);
  if (!text.empty() && kFormula.find(text.front()) != kFormula.npos) cell.push_back('\'');
  cell.append(text);
  if (cell.find_first_of("\",\r\n") == cell.npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  quoted.push_back('"');
  return quoted;
}

std::string NoteCell(const StatementEntry& entry) {
  const EntryWords words = WordsOf(entry.kind(), entry.number(), entry.about(), entry.note());
  return Cell(words.note.empty() ? words.what : fmt::format("{}: {}", words.what, words.note));
}

}  // namespace

std::string StatementJson(const Statement& statement) {
  constexpr std::size_t kOfEntry = 2048;
  std::string json;
  json.reserve(kOfEntry * static_cast<std::size_t>(statement.entries_size() + 1));
  Object object(json, 0);
  object.Text("format", statement.format());
  object.Text("key", statement.key());
  object.Text("checkpoint", statement.checkpoint());
  object.Base64("member", statement.member());
  object.Text("name", statement.name());
  if (statement.entries_size() > 0) {
    object.Begin("entries");
    char before = '[';
    for (const StatementEntry& entry : statement.entries()) {
      json.append(1, before).append("\n  ");
      Append(json, entry);
      before = ',';
    }
    json.append("\n ]");
  }
  if (statement.has_consistency()) {
    object.Begin("consistency");
    Append(json, statement.consistency(), 1);
  }
  object.End();
  json.push_back('\n');
  return json;
}

std::string ConsistencyJson(const ConsistencyProof& proof) {
  std::string json;
  Append(json, proof, 0);
  json.push_back('\n');
  return json;
}

Result<Statement> ReadStatement(std::string_view json) {
  TRY(Statement statement, Read<Statement>(json, "statement", StatementJson));
  if (statement.entries_size() > static_cast<int>(kMostStatementEntries))
    return Error::Of("the statement has more than {} entries", kMostStatementEntries);
  return statement;
}

Result<ConsistencyProof> ReadConsistency(std::string_view json) {
  return Read<ConsistencyProof>(json, "consistency proof", ConsistencyJson);
}

std::string StatementCsv(const Statement& statement) {
  std::string csv = "entry,time,from,to,received,sent,balance,by program,note\r\n";
  for (const StatementEntry& entry : statement.entries()) {
    const bool receives = entry.recipient() == statement.member();
    const std::int64_t change = ChangeOf(entry.kind(), receives, entry.zoobars());
    const std::string from = entry.sender().empty() ? "(account opened)" : Cell(entry.sender_name());
    const std::string amount = std::to_string(entry.zoobars());
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{},{},{}\r\n", entry.number(), IsoTime(entry.time_ms()),
                   from, Cell(entry.recipient_name()), change > 0 ? amount : "", change < 0 ? amount : "",
                   entry.balance(), entry.by_program() ? "yes" : "", NoteCell(entry));
  }
  return csv;
}

}  // namespace zoobar::journal
