// Comma-separated values (src/operator/csv.h), and the cells of statements (src/journal/statement_text.h).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "journal/statement_text.h"
#include "operator/csv.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A second reader of RFC 4180: one byte after the other. Returns nothing for a text that is malformed.
std::optional<Rows> ReadRows(std::string_view text) {
  enum { kBegin, kPlain, kQuoted, kAfterQuote } state = kBegin;
  Rows rows;
  std::vector<std::string> row(1);
  bool open = false;  // something of this row was read
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool line_end = c == '\n' || text.substr(i, 2) == "\r\n";
    open = true;
    if (state == kQuoted) {
      if (c != '"') row.back() += c;
      if (c == '"') state = kAfterQuote;
    } else if (state == kAfterQuote && c == '"') {
      row.back() += c;
      state = kQuoted;
    } else if (c == ',') {
      row.emplace_back();
      state = kBegin;
    } else if (line_end) {
      i += c == '\r' ? 1 : 0;
      rows.push_back(std::exchange(row, std::vector<std::string>(1)));
      state = kBegin;
      open = false;
    } else if (state == kAfterQuote) {
      return std::nullopt;
    } else if (state == kBegin && c == '"') {
      state = kQuoted;
    } else {
      row.back() += c;
      state = kPlain;
    }
  }
  if (state == kQuoted) return std::nullopt;
  if (open) rows.push_back(row);
  return rows;
}

bool IsHeading(const std::string& cell) { return LowerCase(cell) == "name"; }

bool IsFormula(std::string_view cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos;
}

void CheckColumn(std::string_view text) {
  const Result<std::vector<std::string>> column = FirstColumn(text);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::optional<Rows> rows = ReadRows(text);
  Require(column.ok() == rows.has_value(), "both readers accept the same lists");
  if (!rows) return Require(column.error().text.starts_with("line "), "an error names the line");
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::string& cell = (*rows)[i][0];
    if (!cell.empty() && (i > 0 || !IsHeading(cell))) expected.push_back(cell);
  }
  Require(*column == expected, "and read the same cells");

  std::string again = "name\n";
  for (const std::string& cell : *column) again += CsvCell(cell) + ",x\n";
  const Result<std::vector<std::string>> same = FirstColumn(again);
  Require(same.ok() && same->size() == column->size(), "a list that was written is read");
  for (std::size_t i = 0; i < column->size(); ++i)
    Require((*same)[i] == (IsFormula((*column)[i]) ? "'" : "") + (*column)[i], "with the same cells");
}

void CheckCell(std::string_view text) {
  const std::string cell = CsvCell(text);
  Require(!IsFormula(cell), "no cell is a formula");
  const std::optional<Rows> rows = ReadRows(cell + "\n");
  Require(rows && rows->size() == 1 && (*rows)[0].size() == 1, "a cell is one cell");
  Require(!IsFormula((*rows)[0][0]), "no cell is a formula, without its quotes");
  Require((*rows)[0][0].ends_with(text), "nothing of the text is lost");
}

// Names and notes come from members. Each entry must stay one row of nine cells.
void CheckStatement(std::string_view text) {
  if (!IsUtf8(text)) return;
  Statement statement;
  statement.set_member(std::string(16, 'm'));
  for (std::uint32_t kind = 0; kind <= 7; ++kind) {
    StatementEntry& entry = *statement.add_entries();
    entry.set_number(kind + 1);
    entry.set_kind(kind);
    entry.set_recipient(kind % 2 ? statement.member() : std::string(16, 'o'));
    if (kind != 1) entry.set_sender(std::string(16, 's'));
    entry.set_sender_name(std::string(text));
    entry.set_recipient_name(std::string(text));
    entry.set_note(std::string(text));
    entry.set_zoobars(5);
  }
  const std::optional<Rows> rows = ReadRows(journal::StatementCsv(statement));
  Require(rows && rows->size() == 9, "each entry is one row");
  for (const std::vector<std::string>& row : *rows) {
    Require(row.size() == 9, "of nine cells");
    for (const std::string& cell : row) Require(!IsFormula(cell), "none of which is a formula");
  }
  for (std::size_t i = 1; i < rows->size(); ++i)
    Require((*rows)[i][0] == std::to_string(i) && (*rows)[i][3].ends_with(text), "with what the entry says");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string_view text = InputText(data, size);
  CheckColumn(text);
  CheckCell(text);
  CheckStatement(text);
  return 0;
}
