#include "operator/csv.h"

#include <algorithm>

#include "text/ascii.h"

namespace zoobar {
namespace {

// Reads one row after the other.
class Rows {
 public:
  explicit Rows(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::size_t line() const { return line_; }
  // Returns the first cell of the next row, and skips the others.
  Result<std::string> Next() {
    Result<std::string> first = Cell();
    while (first.ok() && !AtRowEnd()) {
      rest_.remove_prefix(1);  // the comma
      const Result<std::string> other = Cell();
      if (!other.ok()) return other.error();
    }
    EndRow();
    return first;
  }

 private:
  bool AtRowEnd() const { return rest_.empty() || rest_[0] == '\n' || rest_.starts_with("\r\n"); }
  void EndRow() {
    rest_.remove_prefix(std::min<std::size_t>(rest_.size(), rest_.starts_with('\r') ? 2 : 1));
    ++line_;
  }
  Result<std::string> Cell() {
    if (!rest_.starts_with('"')) {
      std::size_t end = 0;
      while (end < rest_.size() && rest_[end] != ',' && rest_[end] != '\n' && !rest_.substr(end).starts_with("\r\n"))
        ++end;
      std::string cell(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return cell;
    }
    std::string cell;
    for (rest_.remove_prefix(1);;) {
      const std::size_t quote = rest_.find('"');
      if (quote == rest_.npos) return Error::Of("line {}: a quote does not end", line_);
      cell += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      cell += '"';
      rest_.remove_prefix(1);
    }
    line_ += static_cast<std::size_t>(std::ranges::count(cell, '\n'));
    if (!AtRowEnd() && rest_[0] != ',') return Error::Of("line {}: there is text after a quoted cell", line_);
    return cell;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

bool IsHeading(std::string_view cell) {
  return std::ranges::equal(cell, std::string_view("name"), [](char a, char b) { return ToLower(a) == b; });
}

}  // namespace

Result<std::vector<std::string>> FirstColumn(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string> cells;
  bool first = true;
  for (Rows rows(text); !rows.done();) {
    Result<std::string> cell = rows.Next();
    if (!cell.ok()) return cell.error();
    const bool heading = std::exchange(first, false) && IsHeading(*cell);
    if (!heading && !cell->empty()) cells.push_back(std::move(*cell));
  }
  return cells;
}

std::string CsvCell(std::string_view text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  std::string cell = (formula ? "'" : "") + std::string(text);
  if (cell.find_first_of(",\"\r\n") == cell.npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace zoobar
